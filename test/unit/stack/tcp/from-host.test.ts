/** Connections that begin at the host: RFC 9293 sections 3.5 and 3.10.7.3. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeStream } from '../../../support/tcp/fake-stream.js';
import { Lab, ours, theirs, usualOptions } from '../../../support/tcp/lab.js';
import { address } from '../../../support/tcp/frames.js';

describe('a connection from the host', () => {
  const ends = {
    version: 4,
    namespaceAddress: address('10.0.2.100'),
    namespacePort: 80,
    remoteAddress: address('192.0.2.9'),
    remotePort: 5555,
  } as const;
  const unreachable = { kind: 'unreachable' } as const;
  const testEnds = {
    namespace: '10.0.2.100',
    namespacePort: 80,
    remote: '192.0.2.9',
    remotePort: 5555,
  };

  function opened(): { lab: Lab; stream: FakeStream } {
    const lab = new Lab({ ends: testEnds });
    const stream = new FakeStream();
    assert.ok(lab.tcp.open(ends, () => stream, 0));
    return { lab, stream };
  }

  function accepted(): { lab: Lab; stream: FakeStream } {
    const { lab, stream } = opened();
    lab.take();
    lab.send({ flags: 'SYN|ACK', seq: theirs, ack: ours + 1, options: usualOptions, window: 512 });
    return { lab, stream };
  }

  test('sends a SYN, and acknowledges the answer', () => {
    const { lab } = opened();
    lab.expectSegments({
      flags: 'SYN',
      seq: ours,
      ack: 0,
      mss: 1460,
      windowShift: 7,
      sackPermitted: true,
      ports: [5555, 80],
    });
    assert.equal(lab.state(), 'SYN-SENT');
    lab.send({ flags: 'SYN|ACK', seq: theirs, ack: ours + 1, options: usualOptions });
    lab.expectSegments({ flags: 'ACK', seq: ours + 1, ack: theirs + 1 });
    assert.equal(lab.state(), 'ESTABLISHED');
    assert.equal(lab.tcp.nextDeadline() === undefined || lab.take().length === 0, true);
  });

  test('carries data both ways', () => {
    const { lab, stream } = accepted();
    lab.take();
    lab.send({ seq: theirs + 1, ack: ours + 1, data: 'hello' });
    assert.equal(stream.text, 'hello');
    lab.expectSegments({ ack: theirs + 6 });
  });

  test('that the namespace refuses ends the stream by a reset', () => {
    const { lab, stream } = opened();
    lab.take();
    lab.send({ flags: 'RST|ACK', seq: 0, ack: ours + 1 });
    assert.equal(stream.closed, 'abort');
    assert.deepEqual(stream.outcomes, ['refused']);
    lab.expectNothing();
    lab.expectGone();
  });

  test('that is accepted says so, once', () => {
    const { lab, stream } = accepted();
    lab.send({ flags: 'SYN|ACK', seq: theirs, ack: ours + 1, options: usualOptions, window: 512 });
    assert.deepEqual(stream.outcomes, ['accepted']);
    const [flow] = [...lab.tcp.flows()];
    assert.equal(flow?.direction, 'inbound');
  });

  test('is ended by an ICMP error about its SYN, and by none about another number (RFC 5927)', () => {
    const { lab, stream } = opened();
    lab.take();
    assert.equal(lab.tcp.reported(ends, ours + 1, unreachable), 'icmp: out of window');
    assert.equal(lab.state(), 'SYN-SENT');
    assert.equal(lab.tcp.reported(ends, ours, unreachable), undefined);
    assert.equal(stream.closed, 'abort');
    assert.deepEqual(stream.outcomes, ['unreachable']);
    lab.expectGone();
  });

  test('is not ended by a router that has no way just now: time exceeded (RFC 1122 section 4.2.3.9)', () => {
    const { lab, stream } = opened();
    lab.take();
    assert.equal(lab.tcp.reported(ends, ours, { kind: 'other' }), 'icmp: soft error');
    assert.equal(stream.closed, undefined);
    assert.equal(lab.state(), 'SYN-SENT');
  });

  test('is not ended by an ICMP error once it is established (RFC 9293 section 3.9.2.2)', () => {
    const { lab, stream } = accepted();
    lab.take();
    lab.send({ seq: theirs + 1, ack: ours + 1 });
    assert.equal(lab.tcp.reported(ends, ours, unreachable), 'icmp: out of window');
    assert.equal(stream.closed, undefined);
    assert.equal(lab.state(), 'ESTABLISHED');
  });

  test('is not ended by a RST that acknowledges nothing (section 3.10.7.3)', () => {
    const { lab, stream } = opened();
    lab.take();
    lab.send({ flags: 'RST|ACK', seq: 0, ack: ours + 9 });
    lab.send({ flags: 'RST', seq: 0 });
    assert.equal(stream.closed, undefined);
    assert.equal(lab.state(), 'SYN-SENT');
    lab.expectNothing();
  });

  test('answers an acknowledgment of something else by RST (section 3.10.7.3)', () => {
    const { lab } = opened();
    lab.take();
    lab.send({ flags: 'SYN|ACK', seq: theirs, ack: ours + 2 });
    lab.expectSegments({ flags: 'RST', seq: ours + 2 });
    assert.equal(lab.state(), 'SYN-SENT');
  });

  test('is opened from both ends at once (section 3.5, figure 7)', () => {
    const { lab, stream } = opened();
    lab.take();
    lab.sendSyn();
    lab.expectSegments({ flags: 'SYN|ACK', seq: ours, ack: theirs + 1 });
    assert.equal(lab.state(), 'SYN-RECEIVED');
    lab.send({ seq: theirs + 1, ack: ours + 1, data: 'x' });
    assert.equal(lab.state(), 'ESTABLISHED');
    assert.equal(stream.text, 'x');
  });

  test('is given up when the namespace stays silent', () => {
    const { lab, stream } = opened();
    lab.pass(122_999);
    assert.equal(lab.takeSent().length, 7);
    assert.equal(stream.closed, undefined);
    lab.pass(1);
    assert.equal(stream.closed, 'abort');
    assert.deepEqual(stream.outcomes, ['silent']);
    lab.expectGone();
  });

  test('sends data that was there before the answer', () => {
    const { lab, stream } = opened();
    lab.take();
    stream.write('first');
    const events = lab.tcp.open(ends, () => new FakeStream(), 0);
    assert.equal(events, undefined, 'the same ends once more');
    lab.send({ flags: 'SYN|ACK', seq: theirs, ack: ours + 1, options: usualOptions });
    lab.expectSegments({ flags: 'ACK', data: '' });
    assert.equal(stream.discarded, 0);
  });
});
