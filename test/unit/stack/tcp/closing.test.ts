/** How connections end: RFC 9293 sections 3.6 and 3.10.7.4, RFC 5961, RFC 6191. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeStream } from '../../../support/tcp/fake-stream.js';
import { established, hostEnds, ours, theirs, type Established } from '../../../support/tcp/lab.js';

/** The host has ended first, then the namespace: `theirs + 2` and `ours + 2` are next. */
function waiting(): Established {
  const all = established();
  hostEnds(all);
  all.lab.send({ seq: theirs + 1, ack: ours + 2 });
  all.lab.send({ flags: 'FIN|ACK', seq: theirs + 1, ack: ours + 2 });
  all.lab.take();
  assert.equal(all.lab.state(), 'TIME-WAIT');
  return all;
}

describe('in good order', () => {
  test('the namespace ends first: CLOSE-WAIT, LAST-ACK, and nothing is left', () => {
    const all = established();
    const { lab, stream } = all;
    lab.send({ flags: 'FIN|ACK', seq: theirs + 1, ack: ours + 1 });
    assert.ok(stream.isShutdown);
    lab.expectSegments({ flags: 'ACK', ack: theirs + 2 });
    assert.equal(lab.state(), 'CLOSE-WAIT');
    hostEnds(all);
    lab.expectSegments({ flags: 'FIN|ACK', seq: ours + 1 });
    assert.equal(lab.state(), 'LAST-ACK');
    assert.equal(stream.closed, undefined);
    lab.send({ seq: theirs + 2, ack: ours + 2 });
    assert.equal(stream.closed, 'orderly');
    lab.expectNothing();
    lab.expectGone();
  });

  test('the host ends first: FIN-WAIT-1, FIN-WAIT-2, a short TIME-WAIT', () => {
    const all = established();
    const { lab, stream } = all;
    hostEnds(all);
    lab.expectSegments({ flags: 'FIN|ACK', seq: ours + 1, ack: theirs + 1 });
    assert.equal(lab.state(), 'FIN-WAIT-1');
    lab.send({ seq: theirs + 1, ack: ours + 2 });
    assert.equal(lab.state(), 'FIN-WAIT-2');
    lab.send({ flags: 'FIN|ACK', seq: theirs + 1, ack: ours + 2 });
    lab.expectSegments({ flags: 'ACK', seq: ours + 2, ack: theirs + 2 });
    assert.equal(stream.closed, 'orderly');
    assert.equal(lab.state(), 'TIME-WAIT');
    lab.pass(2000);
    lab.expectGone();
  });

  test('both at once: CLOSING, then TIME-WAIT (section 3.6, figure 13)', () => {
    const all = established();
    const { lab, stream } = all;
    hostEnds(all);
    lab.take();
    lab.send({ flags: 'FIN|ACK', seq: theirs + 1, ack: ours + 1 });
    lab.expectSegments({ flags: 'ACK', seq: ours + 2, ack: theirs + 2 });
    assert.equal(lab.state(), 'CLOSING');
    lab.send({ seq: theirs + 2, ack: ours + 2 });
    assert.equal(lab.state(), 'TIME-WAIT');
    assert.equal(stream.closed, 'orderly');
    lab.pass(2000);
    lab.expectGone();
  });

  test('a FIN with data comes after its data', () => {
    const { lab, stream } = established();
    lab.send({ flags: 'FIN|PSH|ACK', seq: theirs + 1, ack: ours + 1, data: 'last words' });
    assert.equal(stream.text, 'last words');
    assert.ok(stream.isShutdown);
    lab.expectSegments({ flags: 'ACK', ack: theirs + 12 });
  });

  test('a FIN in front of which something is missing waits for it', () => {
    const { lab, stream } = established();
    lab.send({ flags: 'FIN|ACK', seq: theirs + 3, ack: ours + 1, data: 'cd' });
    assert.equal(stream.isShutdown, false);
    lab.expectSegments({ ack: theirs + 1, sack: [theirs + 3, theirs + 5] });
    lab.send({ seq: theirs + 1, ack: ours + 1, data: 'ab' });
    assert.equal(stream.text, 'abcd');
    assert.ok(stream.isShutdown);
    lab.expectSegments({ ack: theirs + 6, sack: [] });
  });

  test('the host’s FIN travels with its last data, when both are there', () => {
    const { lab, stream, events } = established();
    stream.write('bye');
    stream.hasEnded = true;
    events.readable(0, true);
    lab.expectSegments({ flags: 'FIN|PSH|ACK', seq: ours + 1, data: 'bye' });
  });

  test('after its end the namespace still receives (half-closed)', () => {
    const { lab, stream, events } = established();
    lab.send({ flags: 'FIN|ACK', seq: theirs + 1, ack: ours + 1 });
    lab.take();
    stream.write('the answer');
    events.readable(0, false);
    lab.expectSegments({ flags: 'PSH|ACK', data: 'the answer', ack: theirs + 2 });
    lab.send({ seq: theirs + 2, ack: ours + 11 });
    assert.equal(lab.state(), 'CLOSE-WAIT');
  });

  test('after the host’s end the namespace still sends (half-closed)', () => {
    const all = established();
    const { lab, stream } = all;
    hostEnds(all);
    lab.send({ seq: theirs + 1, ack: ours + 2 });
    lab.take();
    lab.send({ seq: theirs + 1, ack: ours + 2, data: 'more' });
    assert.equal(stream.text, 'more');
    lab.expectSegments({ flags: 'ACK', seq: ours + 2, ack: theirs + 5 });
  });

  test('a FIN that is not acknowledged is sent again', () => {
    const all = established();
    hostEnds(all);
    all.lab.take();
    all.lab.pass(200);
    all.lab.expectSegments({ flags: 'FIN|ACK', seq: ours + 1 });
  });

  test('the host is not told of the end before it took what came before', () => {
    const { lab, stream, events } = established();
    stream.room = 2;
    stream.error = 1000;
    lab.send({ flags: 'FIN|ACK', seq: theirs + 1, ack: ours + 1, data: 'abcd' });
    assert.equal(stream.text, 'ab');
    assert.equal(stream.isShutdown, false);
    lab.expectSegments({ ack: theirs + 6 });
    stream.room = 100;
    events.writable(0);
    assert.equal(stream.text, 'abcd');
    assert.ok(stream.isShutdown);
    assert.equal(lab.tcp.heldBytes, 0);
  });

  test('what is acknowledged leaves the host’s socket before it is closed', () => {
    const all = established();
    const { lab, stream, events } = all;
    stream.write('unread');
    events.readable(0, false);
    lab.send({ seq: theirs + 1, ack: ours + 7 });
    assert.equal(stream.discarded, 0, 'a few bytes may stay for a while');
    lab.send({ flags: 'FIN|ACK', seq: theirs + 1, ack: ours + 7 });
    hostEnds(all);
    lab.send({ seq: theirs + 2, ack: ours + 8 });
    assert.equal(stream.closed, 'orderly');
    assert.equal(stream.discarded, 6);
  });

  test('data behind the namespace’s FIN is not data', () => {
    const { lab, stream } = established();
    lab.send({ flags: 'FIN|ACK', seq: theirs + 1, ack: ours + 1 });
    lab.take();
    lab.send({ seq: theirs + 2, ack: ours + 1, data: 'zombie' });
    assert.equal(stream.text, '');
    lab.expectSegments({ ack: theirs + 2 });
  });
});

describe('TIME-WAIT', () => {
  test('acknowledges a FIN that comes again, and waits anew', () => {
    const { lab } = waiting();
    lab.pass(1500);
    lab.send({ flags: 'FIN|ACK', seq: theirs + 1, ack: ours + 2 });
    lab.expectSegments({ flags: 'ACK', seq: ours + 2, ack: theirs + 2 });
    lab.pass(1500);
    assert.equal(lab.state(), 'TIME-WAIT');
    lab.pass(500);
    lab.expectGone();
  });

  test('gives way to a new connection with a higher number (RFC 6191)', () => {
    const { lab } = waiting();
    lab.sendSyn({ seq: theirs + 3 });
    assert.equal(lab.attempts.length, 2);
    lab.events.connected(new FakeStream(), 0);
    lab.expectSegments({ flags: 'SYN|ACK', ack: theirs + 4 });
    lab.pass(900);
    assert.equal(lab.state(), 'SYN-RECEIVED');
  });

  test('does not give way to a SYN from the past', () => {
    const { lab } = waiting();
    lab.sendSyn({ seq: theirs });
    assert.equal(lab.attempts.length, 1);
    lab.expectSegments({ flags: 'ACK', ack: theirs + 2 });
  });

  test('ends by the RST with which an asker of old finds out', () => {
    const { lab } = waiting();
    lab.send({ flags: 'RST', seq: theirs + 2 });
    lab.expectGone();
  });

  test('is shorter for the oldest when there are too many', () => {
    const all = established({ limits: { waitingFlows: 1 } });
    const { lab } = all;
    hostEnds(all);
    lab.send({ flags: 'FIN|ACK', seq: theirs + 1, ack: ours + 2 });
    const other = { ...lab.ends, namespacePort: 41_000 };
    lab.sendSyn({}, other);
    const stream = new FakeStream();
    stream.hasEnded = true;
    lab.events.connected(stream, 0);
    lab.send({ seq: theirs + 1, ack: ours + 1 }, other);
    lab.events.readable(0, true);
    lab.send({ flags: 'FIN|ACK', seq: theirs + 1, ack: ours + 2 }, other);
    const left = [...lab.tcp.flows()].map(({ ends, state }) => [ends.namespacePort, state]);
    assert.deepEqual(left, [[41_000, 'TIME-WAIT']]);
  });
});
