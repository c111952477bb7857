/** Connections that end by a reset: RFC 9293 section 3.10.7.4, RFC 5961. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeStream } from '../../../support/tcp/fake-stream.js';
import { established, hostEnds, ours, theirs } from '../../../support/tcp/lab.js';

const ECONNRESET = 104;

describe('by a reset', () => {
  test('of the namespace: the host’s connection is reset too', () => {
    const { lab, stream } = established();
    lab.send({ flags: 'RST', seq: theirs + 1 });
    assert.equal(stream.closed, 'abort');
    lab.expectNothing();
    lab.expectGone();
  });

  test('with a number inside the window, but not the next: challenged (RFC 5961 section 3.2)', () => {
    const { lab, stream } = established();
    lab.send({ flags: 'RST', seq: theirs + 2 });
    lab.expectSegments({ flags: 'ACK', seq: ours + 1, ack: theirs + 1 });
    assert.equal(stream.closed, undefined);
  });

  test('with a number outside the window: ignored (section 3.10.7.4, first)', () => {
    const { lab, stream } = established();
    lab.send({ flags: 'RST', seq: theirs });
    lab.send({ flags: 'RST', seq: theirs + (1 << 26) });
    lab.expectNothing();
    assert.equal(stream.closed, undefined);
    assert.equal(lab.drops.of('tcp: out of window'), 2);
  });

  test('of the host: RST inside', () => {
    const { lab, stream, events } = established();
    stream.broken = ECONNRESET;
    events.failed(0);
    lab.expectSegments({ flags: 'RST|ACK', seq: ours + 1, ack: theirs + 1 });
    assert.equal(stream.closed, 'abort');
    lab.expectGone();
  });

  test('of the host: what came before is delivered before', () => {
    const { lab, stream, events } = established();
    stream.write('the reason');
    stream.broken = ECONNRESET;
    events.failed(0);
    lab.expectSegments({ data: 'the reason' }, { flags: 'RST|ACK', seq: ours + 11 });
    lab.expectGone();
  });

  test('of the host: a socket that has told its error already does not look like an end', () => {
    const { lab, stream, events } = established();
    stream.write('the reason');
    stream.hasEnded = true;
    events.failed(0);
    lab.expectSegments(
      { flags: 'PSH|ACK', data: 'the reason' },
      { flags: 'RST|ACK', seq: ours + 11 },
    );
    lab.expectGone();
  });

  test('of the host: a namespace that does not fetch the rest is told after a second', () => {
    const { lab, stream, events } = established({ syn: { window: 0 } });
    lab.send({ seq: theirs + 1, ack: ours + 1, window: 0 });
    stream.write('the reason');
    stream.broken = ECONNRESET;
    events.failed(0);
    lab.pass(999);
    assert.ok(lab.takeSent().every(({ flags }) => flags === 'ACK'));
    lab.pass(1);
    lab.expectSegments({ flags: 'RST|ACK' });
    lab.expectGone();
  });

  test('of the host, found out by sending: RST inside', () => {
    const { lab, stream } = established();
    stream.broken = ECONNRESET;
    lab.send({ seq: theirs + 1, ack: ours + 1, data: 'x' });
    lab.expectSegments({ flags: 'RST|ACK', seq: ours + 1 });
    assert.equal(stream.closed, 'abort');
    lab.expectGone();
  });

  test('of the host, after its end: RST inside at once', () => {
    const all = established();
    hostEnds(all);
    all.lab.take();
    all.events.failed(0);
    all.lab.expectSegments({ flags: 'RST|ACK', seq: ours + 2 });
    all.lab.expectGone();
  });

  test('that the link does not take is sent when it does', () => {
    const { lab, stream, events } = established();
    lab.linkIsFull = true;
    stream.broken = ECONNRESET;
    events.failed(0);
    assert.equal(stream.closed, 'abort');
    lab.expectNothing();
    lab.linkIsFull = false;
    lab.pass(5);
    lab.expectSegments({ flags: 'RST|ACK', seq: ours + 1 });
    lab.expectGone();
  });

  test('news of a flow that is no more change nothing', () => {
    const { lab, stream, events } = established();
    lab.send({ flags: 'RST', seq: theirs + 1 });
    events.readable(0, true);
    events.writable(0);
    events.failed(0);
    const late = new FakeStream();
    events.connected(late, 0);
    assert.equal(late.closed, 'abort');
    lab.expectNothing();
    assert.equal(stream.calls, 0);
  });
});
