/** Data from the host to the namespace: windows, super-frames, turns, the host's socket. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { established, ours, theirs, type Established } from '../../../support/tcp/lab.js';

/** The host sends so many bytes. */
function hostSends({ stream, events, lab }: Established, length: number): void {
  stream.write(new Uint8Array(length).fill(1));
  events.readable(lab.now, false);
}

const lengths = ({ lab }: Established): number[] => lab.take().map(({ data }) => data.length);

/** A connection whose namespace offers so many bytes of room. */
function offering(window: number, syn = {}): Established {
  const all = established({ syn });
  all.lab.send({ seq: theirs + 1, ack: ours + 1, window: window >> 7 });
  return all;
}

describe('frames', () => {
  test('carry as much as IP allows, in whole segments, with the namespace’s segment size', () => {
    const all = established({ syn: { options: [2, 4, 1, 0, 1, 3, 3, 14] } });
    all.lab.send({ seq: theirs + 1, ack: ours + 1, window: 100 });
    hostSends(all, 200_000);
    const frames = all.lab.take();
    assert.deepEqual(
      frames.map(({ data }) => data.length),
      [65_280, 65_280, 65_280, 4160],
    );
    assert.ok(frames.every(({ gsoSize }) => gsoSize === 256));
    assert.deepEqual(
      frames.map(({ flags }) => flags),
      ['ACK', 'ACK', 'ACK', 'PSH|ACK'],
    );
  });

  test('of one segment are not to be cut', () => {
    const all = established();
    hostSends(all, 1460);
    all.lab.expectSegments({ gsoSize: 0, flags: 'PSH|ACK' });
  });

  test('are not sent without data', () => {
    const all = established();
    all.events.readable(0, false);
    all.lab.expectNothing();
  });
});

describe('turns', () => {
  test('a long stream stops after four frames, so that others have theirs', () => {
    const all = offering(1 << 22);
    const { lab, stream, events } = all;
    stream.write(new Uint8Array(500_000));
    events.readable(0, false);
    assert.equal(lab.takeSent().length, 4);
    assert.equal(lab.tcp.nextDeadline(), 0);
    lab.poll();
    assert.equal(lab.takeSent().length, 4);
    assert.notEqual(lab.tcp.nextDeadline(), 0);
  });

  test('all flows that have much to send take turns', () => {
    const all = offering(1 << 22);
    const { lab } = all;
    const other = { ...lab.ends, namespacePort: 41_000 };
    const second = established();
    lab.sendSyn({}, other);
    lab.events.connected(second.stream, 0);
    lab.send({ seq: theirs + 1, ack: ours + 1, window: 1 << 15 }, other);
    lab.take();
    for (const stream of [all.stream, second.stream]) stream.write(new Uint8Array(900_000));
    for (const { events } of lab.attempts) events.readable(0, false);
    for (let round = 0; round < 3; round++) {
      const ports = lab.takeSent().map((segment) => segment.ports[1]);
      const [one, two] = [40_000, 41_000];
      assert.deepEqual(ports, [one, one, one, one, two, two, two, two]);
      lab.poll();
    }
  });
});

describe('the namespace’s window (section 3.8.6)', () => {
  test('is never exceeded', () => {
    const all = offering(10_240);
    hostSends(all, 100_000);
    assert.deepEqual(lengths(all), [7 * 1460]);
    all.lab.send({ seq: theirs + 1, ack: ours + 1 + 2920, window: 80 });
    assert.deepEqual(lengths(all), [2920]);
  });

  test('is used to its last byte only when nothing else is on its way (section 3.8.6.2.1)', () => {
    const all = offering(1024);
    hostSends(all, 3000);
    assert.deepEqual(lengths(all), [1024]);
    all.lab.send({ seq: theirs + 1, ack: ours + 1 + 1024, window: 8 });
    assert.deepEqual(lengths(all), [1024]);
  });

  test('is taken from the newest segment, not from one that was overtaken', () => {
    const all = offering(1 << 20);
    const { lab } = all;
    lab.send({ seq: theirs + 2, ack: ours + 1, window: 0, data: 'b' });
    lab.send({ seq: theirs + 1, ack: ours + 1, window: 1000, data: 'a' });
    lab.take();
    hostSends(all, 5000);
    lab.expectNothing();
  });

  test('that shrinks stops new data; what was sent is sent again when it opens', () => {
    const all = offering(20_480);
    const { lab } = all;
    hostSends(all, 50_000);
    assert.deepEqual(lengths(all), [20_440]);
    lab.send({ seq: theirs + 1, ack: ours + 1, window: 0 });
    lab.pass(5000);
    assert.ok(lab.takeSent().every(({ data }) => data.length === 0));
    lab.send({ seq: theirs + 1, ack: ours + 1, window: 160 });
    const [first] = lab.take();
    assert.deepEqual([first?.seq, first?.data.length], [ours + 1, 20_440]);
  });

  test('that is closed is probed, ever more rarely, and never given up while it answers', () => {
    const all = offering(0);
    const { lab } = all;
    hostSends(all, 10);
    const times: number[] = [];
    for (let i = 0; i < 40; i++) {
      lab.pass((lab.tcp.nextDeadline() ?? assert.fail('nothing to wait for')) - lab.now);
      for (const probe of lab.takeSent()) {
        times.push(lab.now);
        assert.deepEqual([probe.flags, probe.seq, probe.data.length], ['ACK', ours, 0]);
        lab.send({ seq: theirs + 1, ack: ours + 1, window: 0 });
      }
    }
    assert.deepEqual(times.slice(0, 4), [200, 600, 1400, 3000]);
    assert.equal(lab.state(), 'ESTABLISHED');
    lab.send({ seq: theirs + 1, ack: ours + 1, window: 10 });
    assert.deepEqual(lengths(all), [10]);
  });

  test('whose probes are never answered ends the connection (section 3.8.3)', () => {
    const all = offering(0);
    hostSends(all, 10);
    all.lab.pass(20 * 60_000);
    assert.equal(all.stream.closed, 'abort');
    assert.equal(all.lab.takeSent().at(-1)?.flags, 'RST|ACK');
    all.lab.expectGone();
  });
});

describe('the host’s socket', () => {
  test('forgets what is acknowledged, much at once or after a while', () => {
    const all = offering(1 << 20);
    const { lab, stream } = all;
    hostSends(all, 40_000);
    lab.send({ seq: theirs + 1, ack: ours + 1 + 30_000 });
    assert.equal(stream.discarded, 30_000);
    for (let i = 1; i <= 15; i++) {
      lab.send({ seq: theirs + 1, ack: ours + 1 + 30_000 + i });
      assert.equal(stream.discarded, 30_000);
    }
    lab.send({ seq: theirs + 1, ack: ours + 1 + 30_016 });
    assert.equal(stream.discarded, 30_016);
  });

  test('is told nothing about acknowledgments alone', () => {
    const { lab, stream } = offering(1 << 20);
    lab.send({ seq: theirs + 1, ack: ours + 1 });
    assert.equal(stream.calls, 0);
  });
});

describe('a link that takes no frame', () => {
  test('has not lost it: the same data goes a millisecond later', () => {
    const all = offering(1 << 20);
    const { lab } = all;
    lab.linkIsFull = true;
    hostSends(all, 100);
    lab.expectNothing();
    assert.equal(lab.tcp.nextDeadline(), 1);
    lab.pass(0.5);
    lab.linkIsFull = false;
    lab.expectNothing();
    lab.pass(0.5);
    lab.expectSegments({ seq: ours + 1, flags: 'PSH|ACK' });
  });

  test('does not confuse a FIN that was to go with it', () => {
    const all = offering(1 << 20);
    const { lab, stream, events } = all;
    lab.linkIsFull = true;
    stream.write('bye');
    stream.hasEnded = true;
    events.readable(0, true);
    lab.linkIsFull = false;
    lab.pass(1);
    lab.expectSegments({ flags: 'FIN|PSH|ACK', data: 'bye', seq: ours + 1 });
  });
});
