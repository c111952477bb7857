/** The life of connections, in the order of RFC 9293. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeStream } from '../../../support/tcp/fake-stream.js';
import { Lab, established, ours, theirs } from '../../../support/tcp/lab.js';

describe('opening', () => {
  test('a SYN is answered when the host is connected, not before', () => {
    const lab = new Lab();
    lab.sendSyn();
    lab.expectNothing();
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
});

describe('data', () => {
  test('goes both ways', () => {
    const { lab, stream, events } = established();
    lab.send({ seq: theirs + 1, ack: ours + 1, data: 'GET /' });
    assert.equal(stream.text, 'GET /');
    lab.expectSegments({ flags: 'ACK', seq: ours + 1, ack: theirs + 6, data: '' });
    stream.write('200 OK');
    events.readable(0, false);
    lab.expectSegments({ flags: 'PSH|ACK', seq: ours + 1, ack: theirs + 6, data: '200 OK' });
    lab.send({ seq: theirs + 6, ack: ours + 7 });
    lab.expectNothing();
    assert.equal(lab.tcp.nextDeadline() ?? Infinity, 200);
  });
});

describe('closing', () => {
  test('the namespace first', () => {
    const { lab, stream, events } = established();
    lab.send({ flags: 'FIN|ACK', seq: theirs + 1, ack: ours + 1 });
    assert.ok(stream.isShutdown);
    lab.expectSegments({ flags: 'ACK', ack: theirs + 2 });
    assert.equal(lab.state(), 'CLOSE-WAIT');
    stream.hasEnded = true;
    events.readable(0, true);
    lab.expectSegments({ flags: 'FIN|ACK', seq: ours + 1 });
    assert.equal(lab.state(), 'LAST-ACK');
    lab.send({ seq: theirs + 2, ack: ours + 2 });
    assert.equal(stream.closed, 'orderly');
    lab.expectNothing();
    lab.expectGone();
  });
});
