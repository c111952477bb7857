/** How connections begin: RFC 9293 sections 3.5 and 3.10.7.1 to 3.10.7.3. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeStream } from '../../../support/tcp/fake-stream.js';
import { Lab, ipv6Ends, ours, theirs } from '../../../support/tcp/lab.js';
import { address } from '../../../support/tcp/frames.js';

describe('a SYN from the namespace', () => {
  test('is answered when the host is connected, not before', () => {
    const lab = new Lab();
    lab.sendSyn();
    lab.expectNothing();
    assert.equal(lab.state(), 'CONNECTING');
    lab.events.connected(new FakeStream(), 0);
    lab.expectSegments({
      flags: 'SYN|ACK',
      seq: ours,
      ack: theirs + 1,
      mss: 1460,
      windowShift: 7,
      sackPermitted: true,
      window: 0xffff,
      ports: [80, 40_000],
    });
    assert.equal(lab.state(), 'SYN-RECEIVED');
    lab.send({ seq: theirs + 1, ack: ours + 1 });
    assert.equal(lab.state(), 'ESTABLISHED');
  });

  test('tells the host who wants to speak to whom', () => {
    const lab = new Lab();
    lab.sendSyn();
    assert.deepEqual(lab.attempt.ends, {
      version: 4,
      namespaceAddress: address('10.0.2.100'),
      namespacePort: 40_000,
      remoteAddress: address('192.0.2.1'),
      remotePort: 80,
    });
  });

  test('by IPv6 announces the smaller maximum segment size (section 3.7.1)', () => {
    const lab = new Lab({ ends: ipv6Ends, mtu: 65_520 });
    lab.sendSyn();
    lab.events.connected(new FakeStream(), 0);
    lab.expectSegments({ flags: 'SYN|ACK', mss: 65_460 });
  });

  test('sent again while the host is being connected asks for nothing new', () => {
    const lab = new Lab();
    lab.sendSyn();
    lab.sendSyn();
    lab.expectNothing();
    assert.equal(lab.attempts.length, 1);
  });

  test('with another number, before there was an answer, is the one that gets it', () => {
    const lab = new Lab();
    lab.sendSyn();
    lab.sendSyn({ seq: 9000, options: [2, 4, 2, 24] });
    assert.equal(lab.attempts.length, 1);
    lab.events.connected(new FakeStream(), 0);
    lab.expectSegments({ ack: 9001, windowShift: -1, sackPermitted: false });
  });

  test('is given up by its RST; the host’s attempt is cancelled', () => {
    const lab = new Lab();
    lab.sendSyn();
    lab.send({ flags: 'RST', seq: theirs + 7 });
    assert.equal(lab.state(), 'CONNECTING');
    lab.send({ flags: 'RST', seq: theirs + 1 });
    assert.ok(lab.attempt.isCancelled);
    lab.expectNothing();
    lab.expectGone();
  });

  test('that the host refuses is answered by RST', () => {
    const lab = new Lab();
    lab.sendSyn();
    lab.events.refused({ kind: 'refused' }, 0);
    lab.expectSegments({ flags: 'RST|ACK', seq: 0, ack: theirs + 1, window: 0 });
    lab.expectGone();
    assert.equal(lab.attempt.isCancelled, false);
  });

  test('that the host cannot route is answered by the host’s ICMP error, quoting the SYN', () => {
    const lab = new Lab();
    lab.sendSyn();
    lab.events.refused({ kind: 'unreachable', type: 3, code: 13 }, 0);
    lab.expectNothing();
    lab.expectGone();
    const [{ sent, error } = assert.fail()] = lab.icmpErrors;
    assert.deepEqual([error.type, error.code, sent.protocol], [3, 13, 6]);
    //           ports     sequence
    assert.equal(Buffer.from(sent.head.subarray(0, 8)).toString('hex'), '9c400050000003e8');
  });

  test('into silence is answered by silence, and may be tried again', () => {
    const lab = new Lab();
    lab.sendSyn();
    lab.events.refused({ kind: 'silent' }, 0);
    lab.expectNothing();
    lab.expectGone();
    lab.sendSyn();
    assert.equal(lab.attempts.length, 2);
  });

  test('may be decided before `connect` returns', () => {
    const lab = new Lab();
    const stream = new FakeStream();
    lab.onConnect = (events) => events.connected(stream, 0);
    lab.sendSyn();
    lab.expectSegments({ flags: 'SYN|ACK' });
    lab.onConnect = (events) => events.refused({ kind: 'refused' }, 0);
    lab.sendSyn({}, { ...lab.ends, namespacePort: 7 });
    lab.expectSegments({ flags: 'RST|ACK', ports: [80, 7] });
    assert.equal([...lab.tcp.flows()].length, 1);
  });

  test('carries no data for us: what comes with it must come again', () => {
    const lab = new Lab();
    const stream = new FakeStream();
    lab.sendSyn({ data: 'too early' });
    lab.events.connected(stream, 0);
    lab.expectSegments({ flags: 'SYN|ACK', ack: theirs + 1 });
    assert.equal(stream.text, '');
  });

  test('without options means 536 bytes a segment, 1220 by IPv6 (section 3.7.1)', () => {
    for (const [ends, mss] of [
      [undefined, 536],
      [ipv6Ends, 1220],
    ] as const) {
      const lab = new Lab(ends && { ends });
      const stream = connect(lab, { options: [] });
      stream.write(new Uint8Array(3000));
      lab.events.readable(0, false);
      lab.expectSegments({ gsoSize: mss });
    }
  });

  test('may not ask for segments that are tiny or larger than the device', () => {
    for (const [option, mss] of [
      [1, 88],
      [0xffff, 1460],
    ] as const) {
      const lab = new Lab();
      const stream = connect(lab, { options: [2, 4, option >> 8, option & 255] });
      stream.write(new Uint8Array(3000));
      lab.events.readable(0, false);
      assert.equal(lab.take()[0]?.gsoSize, mss);
    }
  });

  test('without window scale gets windows that are not scaled (RFC 7323 section 2.2)', () => {
    const lab = new Lab();
    connect(lab, { options: [2, 4, 5, 0xb4] });
    lab.send({ seq: theirs + 1, ack: ours + 1, data: 'x'.repeat(1460) });
    lab.expectSegments({ flags: 'ACK', window: 0xffff });
  });
});

function connect(lab: Lab, syn: Parameters<Lab['sendSyn']>[0]): FakeStream {
  const stream = new FakeStream();
  lab.sendSyn(syn);
  lab.events.connected(stream, lab.now);
  lab.take();
  lab.send({ seq: theirs + 1, ack: ours + 1, window: 60_000 });
  return stream;
}

describe('SYN-RECEIVED', () => {
  function received(): { lab: Lab; stream: FakeStream } {
    const lab = new Lab();
    const stream = new FakeStream();
    lab.sendSyn();
    lab.events.connected(stream, 0);
    lab.take();
    return { lab, stream };
  }

  test('a SYN that comes again gets the same answer', () => {
    const { lab } = received();
    lab.sendSyn();
    lab.expectSegments({ flags: 'SYN|ACK', seq: ours, ack: theirs + 1, mss: 1460 });
  });

  test('SYN|ACK is sent again after 1, 2, 4 ... seconds, then the host is let go', () => {
    const { lab, stream } = received();
    const times: number[] = [];
    for (let i = 0; i < 20 && lab.tcp.nextDeadline() !== undefined; i++) {
      lab.pass((lab.tcp.nextDeadline() ?? 0) - lab.now);
      if (lab.takeSent().length > 0) times.push(lab.now);
    }
    assert.deepEqual(times, [1000, 3000, 7000, 15_000, 31_000, 63_000]);
    assert.equal(stream.closed, 'abort');
    lab.expectGone();
  });

  test('an acknowledgment of something else is answered by RST (section 3.10.7.4)', () => {
    const { lab } = received();
    lab.send({ seq: theirs + 1, ack: ours + 500 });
    lab.expectSegments({ flags: 'RST', seq: ours + 500 });
    assert.equal(lab.state(), 'SYN-RECEIVED');
  });

  test('the acknowledgment may bring data and FIN', () => {
    const { lab, stream } = received();
    lab.send({ flags: 'FIN|ACK', seq: theirs + 1, ack: ours + 1, data: 'all' });
    assert.equal(stream.text, 'all');
    assert.ok(stream.isShutdown);
    lab.expectSegments({ flags: 'ACK', ack: theirs + 5 });
  });

  test('data that overtakes the acknowledgment opens the connection too', () => {
    const { lab, stream } = received();
    lab.send({ seq: theirs + 4, ack: ours + 1, data: 'de' });
    assert.equal(lab.state(), 'ESTABLISHED');
    lab.send({ seq: theirs + 1, ack: ours + 1, data: 'abc' });
    assert.equal(stream.text, 'abcde');
  });

  test('RST lets the host go by a reset', () => {
    const { lab, stream } = received();
    lab.send({ flags: 'RST', seq: theirs + 1 });
    assert.equal(stream.closed, 'abort');
    lab.expectNothing();
    lab.expectGone();
  });

  test('the host’s data waits for the acknowledgment', () => {
    const { lab, stream } = received();
    stream.write('early');
    lab.events.readable(0, false);
    lab.expectNothing();
    lab.send({ seq: theirs + 1, ack: ours + 1 });
    lab.expectSegments({ seq: ours + 1, data: 'early' });
  });

  test('a broken host connection is told by RST at once', () => {
    const { lab, stream } = received();
    lab.events.failed(0);
    lab.expectSegments({ flags: 'RST|ACK', seq: ours + 1, ack: theirs + 1 });
    assert.equal(stream.closed, 'abort');
    lab.expectGone();
  });

  test('a SYN|ACK that the link did not take is not lost', () => {
    const lab = new Lab();
    lab.linkIsFull = true;
    lab.sendSyn();
    lab.events.connected(new FakeStream(), 0);
    lab.expectNothing();
    lab.linkIsFull = false;
    lab.pass(1);
    lab.expectSegments({ flags: 'SYN|ACK', seq: ours, mss: 1460 });
  });
});
