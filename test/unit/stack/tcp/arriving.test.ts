/** The checks of arriving segments: RFC 9293 section 3.10.7, RFC 5961. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { frameOf } from '../../../support/tcp/frames.js';
import { Lab, established, ipv6Ends, ours, theirs } from '../../../support/tcp/lab.js';
import { dataViewOf } from '../../../../src/wire/index.js';

describe('first, the sequence number', () => {
  test('data that came before is acknowledged again', () => {
    const { lab, stream } = established();
    lab.send({ seq: theirs + 1, ack: ours + 1, data: 'once' });
    lab.take();
    lab.send({ seq: theirs + 1, ack: ours + 1, data: 'once' });
    lab.expectSegments({ flags: 'ACK', seq: ours + 1, ack: theirs + 5 });
    assert.equal(stream.text, 'once');
  });

  test('of data that came partly before, the rest is taken', () => {
    const { lab, stream } = established();
    lab.send({ seq: theirs + 1, ack: ours + 1, data: 'abc' });
    lab.send({ seq: theirs + 2, ack: ours + 1, data: 'bcde' });
    assert.equal(stream.text, 'abcde');
    lab.expectSegments({ ack: theirs + 6 });
  });

  test('data behind the window is not taken, and answered', () => {
    const { lab, stream } = established();
    const farBehind = theirs + 1 + (stream.room + 1000);
    lab.send({ seq: farBehind, ack: ours + 1, data: 'far' });
    lab.expectSegments({ flags: 'ACK', ack: theirs + 1, sack: [] });
    assert.equal(lab.drops.of('tcp: out of window'), 1);
  });

  test('of data that reaches behind the window, the front is taken', () => {
    const { lab } = established({ mtu: 65_520 });
    const edge = theirs + 1 + 0xffff;
    lab.send({ seq: edge - 500, ack: ours + 1, data: 'y'.repeat(1000) });
    const [from = 0, to = 0] = lab.take()[0]?.sack ?? [];
    assert.equal(from, edge - 500);
    assert.ok(to >= edge && to < edge + 128);
  });

  test('a keepalive is answered, with a byte or without (section 3.8.4)', () => {
    const { lab } = established();
    lab.send({ seq: theirs, ack: ours + 1 });
    lab.expectSegments({ flags: 'ACK', seq: ours + 1, ack: theirs + 1 });
    lab.send({ seq: theirs, ack: ours + 1, data: '\0' });
    lab.expectSegments({ flags: 'ACK', seq: ours + 1, ack: theirs + 1 });
  });

  test('answers to segments that do not fit are not sent without end (RFC 5961 section 7)', () => {
    const { lab } = established();
    for (let i = 0; i < 5000; i++) lab.send({ seq: theirs - 500, ack: ours + 1 });
    assert.equal(lab.take().length, 1000);
    lab.pass(1000);
    lab.send({ seq: theirs - 500, ack: ours + 1 });
    lab.expectSegments({ flags: 'ACK' });
  });
});

describe('fourth, the SYN bit', () => {
  test('of an established connection is challenged (RFC 5961 section 4.2)', () => {
    const { lab, stream } = established();
    for (const seq of [theirs, theirs + 1, theirs + 50_000_000]) {
      lab.sendSyn({ seq });
      lab.expectSegments({ flags: 'ACK', seq: ours + 1, ack: theirs + 1 });
    }
    assert.equal(stream.closed, undefined);
    assert.equal(lab.attempts.length, 1);
  });
});

describe('fifth, the ACK field', () => {
  test('a segment without it is dropped', () => {
    const { lab, stream } = established();
    lab.send({ flags: 'PSH', seq: theirs + 1, data: 'x' });
    lab.expectNothing();
    assert.equal(stream.text, '');
  });

  test('an acknowledgment of data that was never sent is answered, the segment dropped', () => {
    const { lab, stream } = established();
    lab.send({ seq: theirs + 1, ack: ours + 2, data: 'x' });
    lab.expectSegments({ flags: 'ACK', seq: ours + 1, ack: theirs + 1 });
    assert.equal(stream.text, '');
  });

  test('one that is too old to be true is answered, the segment dropped (RFC 5961 section 5.2)', () => {
    const { lab, stream } = established();
    lab.send({ seq: theirs + 1, ack: ours + 1 - 100_000, data: 'x' });
    lab.expectSegments({ flags: 'ACK', seq: ours + 1, ack: theirs + 1 });
    assert.equal(stream.text, '');
  });

  test('an old one does no harm, and its text is taken', () => {
    const { lab, stream, events } = established();
    stream.write('abcdef');
    events.readable(0, false);
    lab.send({ seq: theirs + 1, ack: ours + 7, window: 512 });
    lab.take();
    lab.send({ seq: theirs + 1, ack: ours + 3, window: 1, data: 'x' });
    assert.equal(stream.text, 'x');
    lab.expectSegments({ flags: 'ACK', seq: ours + 7, ack: theirs + 2 });
  });
});

describe('sixth, the URG bit', () => {
  test('urgent data is data like all other', () => {
    const { lab, stream } = established();
    lab.send({ flags: 'URG|ACK', seq: theirs + 1, ack: ours + 1, data: 'urgent' });
    assert.equal(stream.text, 'urgent');
  });
});

describe('a segment of no flow (section 3.10.7.1)', () => {
  test('with ACK is answered by RST at that number', () => {
    const lab = new Lab();
    lab.send({ seq: 77, ack: 99, data: 'x' });
    lab.expectSegments({ flags: 'RST', seq: 99, ack: 0, window: 0, ports: [80, 40_000] });
    assert.equal(lab.drops.of('tcp: no such flow'), 1);
  });

  test('without ACK is answered by RST that acknowledges it all', () => {
    const lab = new Lab();
    lab.send({ flags: 'FIN', seq: 77, data: 'xyz' });
    lab.expectSegments({ flags: 'RST|ACK', seq: 0, ack: 81 });
  });

  test('by IPv6 as well', () => {
    const lab = new Lab({ ends: ipv6Ends });
    lab.send({ flags: 'SYN|ACK', seq: 77, ack: 99 });
    lab.expectSegments({ flags: 'RST', seq: 99 });
  });

  test('with RST is not answered', () => {
    const lab = new Lab();
    lab.send({ flags: 'RST', seq: 77 });
    lab.send({ flags: 'RST|ACK', seq: 77, ack: 99 });
    lab.send({ flags: 'SYN|RST', seq: 77 });
    lab.expectNothing();
    assert.equal(lab.attempts.length, 0);
  });
});

describe('before all checks', () => {
  test('a checksum that the sender computed is verified', () => {
    const lab = new Lab();
    const frame = frameOf(lab.ends, { flags: 'SYN', seq: theirs, data: 'odd' }, 'whole');
    lab.sendFrame(frame);
    assert.equal(lab.attempts.length, 1);
    const broken = frame.slice();
    broken.set([(broken.at(-1) ?? 0) ^ 1], broken.length - 1);
    lab.sendFrame(broken);
    assert.equal(lab.drops.of('tcp: checksum'), 1);
  });

  test('a header that is cut off, or says so, is malformed', () => {
    const lab = new Lab();
    const frame = frameOf(lab.ends, { flags: 'SYN', seq: theirs });
    const dataOffsetAt = frame.length - 20 + 12;
    for (const words of [0, 4, 6, 15]) {
      const changed = frame.slice();
      dataViewOf(changed).setUint8(dataOffsetAt, words << 4);
      lab.sendFrame(changed);
    }
    assert.equal(lab.drops.of('tcp: malformed'), 4);
    lab.expectNothing();
    assert.equal(lab.attempts.length, 0);
  });
});
