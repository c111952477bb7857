/** Data from the namespace to the host: order, room, windows. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { established, ours, theirs, type Established } from '../../../support/tcp/lab.js';

/** The next number of a namespace whose window is as large as the host has room. */
const first = theirs + 1 + 2000;

function widened(options: Parameters<typeof established>[0] = {}): Established {
  const all = established(options);
  all.lab.send({ seq: theirs + 1, ack: ours + 1, data: 'x'.repeat(2000) });
  const edge = theirs + 1 + (options.room ?? 1 << 22);
  assert.ok(Math.abs(rightEdge(all) - edge) < 128);
  return all;
}

/** What the last segment promised, as a number of the namespace's. */
function rightEdge({ lab }: Established): number {
  const last = lab.take().at(-1) ?? assert.fail('nothing was sent');
  return last.ack + last.window * 128;
}

describe('in order', () => {
  test('goes to the host’s socket at once', () => {
    const { lab, stream } = established();
    lab.send({ seq: theirs + 1, ack: ours + 1, data: 'GET /' });
    assert.equal(stream.text, 'GET /');
  });

  test('is acknowledged once for a batch of segments', () => {
    const { lab } = established();
    for (let i = 0; i < 10; i++) {
      lab.send({ seq: theirs + 1 + 1000 * i, ack: ours + 1, data: 'x'.repeat(1000) });
    }
    assert.equal(lab.tcp.nextDeadline(), 0);
    lab.expectSegments({ flags: 'ACK', ack: theirs + 10_001 });
  });

  test('is acknowledged in the middle of a large batch', () => {
    const { lab } = widened();
    const data = 'x'.repeat(60_000);
    for (let i = 0; i < 9; i++) lab.send({ seq: first + 60_000 * i, ack: ours + 1, data });
    assert.deepEqual(
      lab.takeSent().map(({ ack }) => ack - first),
      [180_000, 360_000, 540_000],
    );
  });

  test('is acknowledged by data that goes the other way', () => {
    const { lab, stream, events } = established();
    lab.send({ seq: theirs + 1, ack: ours + 1, data: 'ping' });
    stream.write('pong');
    events.readable(0, false);
    lab.expectSegments({ flags: 'PSH|ACK', ack: theirs + 5, data: 'pong' });
  });

  test('the acknowledgment that the link did not take follows', () => {
    const { lab } = established();
    lab.linkIsFull = true;
    lab.send({ seq: theirs + 1, ack: ours + 1, data: 'x' });
    lab.expectNothing();
    assert.equal(lab.tcp.nextDeadline(), 1);
    lab.linkIsFull = false;
    lab.pass(1);
    lab.expectSegments({ ack: theirs + 2 });
  });
});

describe('before its turn', () => {
  test('is reported by SACK at once, the last block first (RFC 2018 section 4)', () => {
    const { lab, stream } = established();
    lab.send({ seq: theirs + 11, ack: ours + 1, data: 'b' });
    lab.expectSegments({ ack: theirs + 1, sack: [theirs + 11, theirs + 12] });
    lab.send({ seq: theirs + 21, ack: ours + 1, data: 'c' });
    const blocks = [theirs + 21, theirs + 22, theirs + 11, theirs + 12];
    lab.expectSegments({ ack: theirs + 1, sack: blocks });
    lab.send({ seq: theirs + 12, ack: ours + 1, data: 'd' });
    lab.expectSegments({ sack: [theirs + 11, theirs + 13, theirs + 21, theirs + 22] });
    assert.equal(stream.text, '');
  });

  test('is not reported to a namespace that did not permit SACK', () => {
    const { lab } = established({ syn: { options: [2, 4, 5, 0xb4] } });
    lab.send({ seq: theirs + 11, ack: ours + 1, data: 'b' });
    lab.expectSegments({ ack: theirs + 1, sack: [] });
  });

  test('is delivered when its turn has come, overlaps once', () => {
    const { lab, stream } = established();
    lab.send({ seq: theirs + 5, ack: ours + 1, data: 'efgh' });
    lab.send({ seq: theirs + 3, ack: ours + 1, data: 'cdEF' });
    lab.send({ seq: theirs + 8, ack: ours + 1, data: 'Hij' });
    lab.take();
    lab.send({ seq: theirs + 1, ack: ours + 1, data: 'abC' });
    assert.equal(stream.text, 'abCdefghij');
    lab.expectSegments({ ack: theirs + 11, sack: [] });
    assert.equal(lab.tcp.heldBytes, 0);
  });

  test('does not wait without bounds', () => {
    const all = established({ limits: { outOfOrderBytes: 10_000 } });
    const { lab, stream } = all;
    for (let i = 1; i < 100; i++) {
      lab.send({ seq: theirs + 1 + 2 * i, ack: ours + 1, data: 'x' });
    }
    assert.ok(lab.tcp.heldBytes <= 10_000);
    assert.ok(lab.drops.of('tcp: out-of-order queue full') > 80);
    lab.send({ flags: 'RST', seq: theirs + 1 });
    assert.equal(lab.tcp.heldBytes, 0);
    assert.equal(stream.closed, 'abort');
  });

  test('does not wait without bounds, over all flows', () => {
    const { lab } = established({ limits: { heldBytes: 5000 } });
    lab.send({ seq: theirs + 11, ack: ours + 1, data: 'x'.repeat(3000) });
    lab.send({ seq: theirs + 4011, ack: ours + 1, data: 'x'.repeat(3000) });
    assert.equal(lab.drops.of('tcp: out-of-order queue full'), 1);
  });
});

describe('more than the host takes', () => {
  test('is kept, acknowledged, and handed on when there is room', () => {
    const { lab, stream, events } = established();
    stream.room = 3;
    lab.send({ seq: theirs + 1, ack: ours + 1, data: 'abcdef' });
    lab.send({ seq: theirs + 7, ack: ours + 1, data: 'ghi' });
    assert.equal(stream.text, 'abc');
    assert.ok(stream.awaitsSpace);
    assert.equal(lab.tcp.heldBytes, 6);
    lab.expectSegments({ ack: theirs + 10 });
    stream.room = 4;
    events.writable(0);
    assert.equal(stream.text, 'abcdefg');
    stream.room = 4;
    events.writable(0);
    assert.equal(stream.text, 'abcdefghi');
    assert.equal(lab.tcp.heldBytes, 0);
  });

  test('and more than may be kept is not acknowledged', () => {
    const { lab, stream } = established({ limits: { stashBytes: 5 } });
    stream.room = 3;
    lab.send({ seq: theirs + 1, ack: ours + 1, data: 'abcdefghijkl' });
    lab.expectSegments({ ack: theirs + 9 });
    lab.send({ seq: theirs + 9, ack: ours + 1, data: 'ijkl' });
    lab.expectSegments({ ack: theirs + 9 });
  });
});

describe('the window (section 3.8.6)', () => {
  test('is the room in the host’s socket', () => {
    widened();
    widened({ room: 100_000 });
  });

  test('keeps its right edge when the room vanishes, and takes what it promised', () => {
    const all = widened();
    const { lab, stream } = all;
    stream.room = 0;
    lab.send({ seq: first, ack: ours + 1, data: 'x' });
    assert.ok(rightEdge(all) >= theirs + 1 + (1 << 22));
    assert.equal(lab.tcp.heldBytes, 1);
  });

  test('closes when the host takes no more', () => {
    const { lab, stream } = widened({ room: 200_000 });
    const edge = theirs + 1 + 200_000;
    stream.room = 0;
    for (let seq = first; seq < edge; seq += 33_000) {
      lab.send({ seq, ack: ours + 1, data: 'x'.repeat(Math.min(33_000, edge - seq)) });
    }
    const last = lab.take().at(-1);
    assert.deepEqual([last?.ack, last?.window], [edge, 0]);
    assert.ok(stream.awaitsSpace);
  });

  test('opens again when the host takes more, and says so at once', () => {
    const all = closed();
    const { lab, stream, events } = all;
    stream.room = 1 << 22;
    events.writable(0);
    const [update] = lab.take();
    assert.deepEqual([update?.flags, update?.data.length], ['ACK', 0]);
    assert.ok((update?.window ?? 0) > 30_000);
  });

  test('does not open in tiny steps (section 3.8.6.2.2)', () => {
    const { lab, stream, events } = closed();
    stream.room = 200;
    events.writable(0);
    lab.expectNothing();
  });

  test('closed, it answers probes with what it is', () => {
    const { lab } = closed();
    const next = theirs + 1 + 4096;
    lab.send({ seq: next - 1, ack: ours + 1 });
    lab.expectSegments({ flags: 'ACK', ack: next, window: 0 });
  });

  test('creeping on by single bytes never takes more than a step of the scale too much', () => {
    const { lab, stream } = closed();
    let seq = theirs + 1 + 4096;
    for (let i = 0; i < 1000; i++) {
      lab.send({ seq, ack: ours + 1, data: 'x' });
      seq = lab.take().at(-1)?.ack ?? seq;
    }
    assert.ok(seq - (theirs + 1 + 4096) <= 128);
    assert.equal(stream.received.length + lab.tcp.heldBytes, seq - theirs - 1);
  });

  /** A connection whose host has taken 4096 bytes, is full, and said so from the beginning. */
  function closed(): Established {
    const all = established({ room: 4096 });
    all.lab.send({ seq: theirs + 1, ack: ours + 1, data: 'x'.repeat(4096) });
    assert.equal(all.lab.take().at(-1)?.window, 0);
    return all;
  }
});
