/** Repair of loss toward the namespace: RFC 6298, RFC 5681, RFC 6582, RFC 6675. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { established, ours, theirs, type Established } from '../../../support/tcp/lab.js';

const size = 1460;

/** The number of the nth segment. */
const at = (n: number): number => ours + 1 + n * size;

/** Ten segments are on their way, each in a frame of its own. */
function sending(syn = {}): Established {
  const all = established({ syn });
  const { lab, stream, events } = all;
  lab.send({ seq: theirs + 1, ack: ours + 1, window: 1 << 14 });
  for (let i = 0; i < 10; i++) {
    stream.write(new Uint8Array(size).fill(i));
    events.readable(0, false);
  }
  assert.equal(lab.take().length, 10);
  return all;
}

/** What was sent: which segments, by their numbers. */
function sent({ lab }: Established): (readonly [number, number])[] {
  return lab.take().map(({ seq, data }) => [(seq - ours - 1) / size, data.length / size] as const);
}

const sackOf = (...segments: readonly (readonly [number, number])[]): number[] => {
  const edges = segments.flatMap(([from, to]) => [at(from), at(to)]);
  const bytes = edges.flatMap((edge) => [24, 16, 8, 0].map((shift) => (edge >>> shift) & 255));
  return [5, 2 + bytes.length, ...bytes];
};

const ack = ({ lab }: Established, n: number, options: number[] = []): void => {
  lab.send({ seq: theirs + 1, ack: at(n), window: 1 << 14, options });
};

/** The namespace did not permit SACK. */
const withoutSack = { options: [2, 4, 0x05, 0xb4, 1, 3, 3, 7] };

describe('the timeout (RFC 6298)', () => {
  test('is 200 ms where round trips take none, and doubles (section 5.5)', () => {
    const all = sending();
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      all.lab.pass((all.lab.tcp.nextDeadline() ?? 0) - all.lab.now);
      if (all.lab.takeSent().length > 0) times.push(all.lab.now);
    }
    assert.deepEqual(times, [200, 600, 1400, 3000, 6200]);
  });

  test('sends the beginning again, and more as it is acknowledged (section 5.4)', () => {
    const all = sending();
    all.lab.pass(200);
    assert.deepEqual(sent(all), [[0, 10]]);
    ack(all, 10);
    assert.deepEqual(sent(all), []);
    assert.equal(all.lab.state(), 'ESTABLISHED');
  });

  test('goes on behind what was acknowledged meanwhile', () => {
    const all = sending();
    all.lab.pass(200);
    all.lab.take();
    ack(all, 4);
    assert.deepEqual(sent(all), []);
    all.lab.pass(200);
    assert.deepEqual(sent(all), [[4, 6]]);
  });

  test('follows the round trips that are measured (section 2)', () => {
    const { lab, stream, events } = established();
    lab.now = 1000;
    stream.write('x');
    events.readable(lab.now, false);
    lab.take();
    lab.now = 1400;
    // The second sample after one of 0 ms: SRTT 50 ms, RTTVAR 100 ms.
    lab.send({ seq: theirs + 1, ack: ours + 2 });
    stream.write('y');
    events.readable(lab.now, false);
    lab.pass(449);
    assert.equal(lab.takeSent().filter(({ seq }) => seq === ours + 2).length, 1);
    lab.pass(1);
    assert.equal(lab.takeSent().length, 1);
  });

  test('learns nothing from what was sent twice (section 3, Karn)', () => {
    const { lab, stream, events } = established();
    stream.write('x');
    events.readable(lab.now, false);
    lab.pass(10_000);
    lab.send({ seq: theirs + 1, ack: ours + 2 });
    lab.take();
    stream.write('y');
    events.readable(lab.now, false);
    lab.take();
    lab.pass(199);
    lab.expectNothing();
    lab.pass(1);
    lab.expectSegments({ seq: ours + 2 });
  });

  test('starts anew with each acknowledgment of new data (section 5.3)', () => {
    const all = sending();
    for (let n = 1; n < 10; n++) {
      all.lab.pass(150);
      ack(all, n);
      assert.deepEqual(sent(all), []);
    }
  });

  test('ends with the last acknowledgment (section 5.2)', () => {
    const all = sending();
    ack(all, 10);
    all.lab.pass(100_000);
    assert.deepEqual(sent(all), []);
    assert.equal(all.lab.tcp.nextDeadline(), undefined);
  });

  test('fifteen times in a row ends the connection (RFC 9293 section 3.8.3)', () => {
    const all = sending();
    all.lab.pass(20 * 60_000);
    const segments = all.lab.takeSent();
    assert.equal(segments.length, 16);
    assert.equal(segments.at(-1)?.flags, 'RST|ACK');
    assert.equal(all.stream.closed, 'abort');
    all.lab.expectGone();
  });
});

describe('without SACK (RFC 6582)', () => {
  test('three duplicates say that the first segment is lost', () => {
    const all = sending(withoutSack);
    ack(all, 2);
    for (let i = 0; i < 2; i++) ack(all, 2);
    assert.deepEqual(sent(all), []);
    ack(all, 2);
    assert.deepEqual(sent(all), [[2, 8]]);
    for (let i = 0; i < 5; i++) ack(all, 2);
    assert.deepEqual(sent(all), []);
  });

  test('a partial acknowledgment says that the next one is lost, too', () => {
    const all = sending(withoutSack);
    for (let i = 0; i < 4; i++) ack(all, 0);
    assert.deepEqual(sent(all), [[0, 10]]);
    ack(all, 5);
    assert.deepEqual(sent(all), [[5, 5]]);
    ack(all, 10);
    assert.deepEqual(sent(all), []);
  });

  test('segments with data, or with another window, are no duplicates (RFC 5681 section 2)', () => {
    const all = sending(withoutSack);
    for (let i = 0; i < 5; i++) {
      all.lab.send({ seq: theirs + 1 + i, ack: at(0), window: 1 << 14, data: 'x' });
    }
    for (let i = 1; i < 6; i++) {
      all.lab.send({ seq: theirs + 6, ack: at(0), window: (1 << 14) - i });
    }
    assert.ok(all.lab.take().every(({ data }) => data.length === 0));
  });
});

describe('with SACK (RFC 6675)', () => {
  test('more than two segments behind a hole say that it is lost', () => {
    const all = sending();
    ack(all, 2, sackOf([3, 4]));
    ack(all, 2, sackOf([3, 5]));
    assert.deepEqual(sent(all), []);
    ack(all, 2, sackOf([3, 6]));
    assert.deepEqual(sent(all), [[2, 1]]);
  });

  test('only holes are sent again, each once', () => {
    const all = sending();
    ack(all, 0, sackOf([5, 8], [1, 2], [3, 4]));
    assert.deepEqual(sent(all), [
      [0, 1],
      [2, 1],
      [4, 1],
    ]);
    ack(all, 0, sackOf([5, 9]));
    assert.deepEqual(sent(all), []);
    ack(all, 2);
    ack(all, 2, sackOf([3, 9]));
    assert.deepEqual(sent(all), []);
    ack(all, 9);
    assert.deepEqual(sent(all), []);
    ack(all, 10);
    assert.equal(all.lab.state(), 'ESTABLISHED');
  });

  test('what is behind the last block may be on its way, and is left to the timeout', () => {
    const all = sending();
    ack(all, 1, sackOf([2, 8]));
    assert.deepEqual(sent(all), [[1, 1]]);
    ack(all, 8);
    assert.deepEqual(sent(all), []);
    all.lab.pass(200);
    assert.deepEqual(sent(all), [[8, 2]]);
  });

  test('a timeout trusts no block any more (RFC 2018 section 8)', () => {
    const all = sending();
    ack(all, 0, sackOf([1, 10]));
    assert.deepEqual(sent(all), [[0, 1]]);
    all.lab.pass(200);
    assert.deepEqual(sent(all), [[0, 10]]);
  });

  test('blocks of what was never sent, or is acknowledged, say nothing', () => {
    const all = sending();
    ack(all, 5, sackOf([20, 30]));
    ack(all, 5, sackOf([1, 4]));
    ack(all, 5, sackOf([9, 6]));
    assert.deepEqual(sent(all), []);
  });

  test('a hole is sent once more when later data came without it: the link keeps the order', () => {
    const all = sending();
    ack(all, 0, sackOf([1, 5]));
    assert.deepEqual(sent(all), [[0, 1]]);
    all.stream.write(new Uint8Array(size));
    all.events.readable(0, false);
    assert.deepEqual(sent(all), [[10, 1]]);
    ack(all, 0, sackOf([1, 10]));
    assert.deepEqual(sent(all), []);
    ack(all, 0, sackOf([1, 11]));
    assert.deepEqual(sent(all), [[0, 1]]);
    ack(all, 0, sackOf([1, 11]));
    assert.deepEqual(sent(all), []);
  });

  test('new data goes on while holes are repaired', () => {
    const all = sending();
    ack(all, 0, sackOf([1, 5]));
    assert.deepEqual(sent(all), [[0, 1]]);
    all.stream.write(new Uint8Array(size));
    all.events.readable(0, false);
    assert.deepEqual(sent(all), [[10, 1]]);
  });
});

describe('a window that closes over data that is on its way', () => {
  const close = ({ lab }: Established): void => {
    lab.send({ seq: theirs + 1, ack: at(4), window: 0 });
    lab.take();
  };

  test('is asked about when that data is lost, and opened again lets it be sent again', () => {
    const all = sending();
    close(all);
    for (let probes = 0; probes < 3; probes++) {
      all.lab.pass(60_000);
      const segments = all.lab.take();
      assert.ok(segments.length > 0, 'a probe');
      assert.ok(segments.every(({ seq, data }) => seq === at(4) - 1 && data.length === 0));
      all.lab.send({ seq: theirs + 1, ack: at(4), window: 0 });
    }
    ack(all, 4);
    assert.deepEqual(sent(all)[0]?.[0], 4);
  });

  test('does not keep a flow whose host’s connection broke', () => {
    const all = sending();
    close(all);
    all.events.failed(all.lab.now);
    all.lab.pass(60_000);
    assert.equal(all.stream.closed, 'abort');
    all.lab.take();
    all.lab.expectGone();
  });
});
