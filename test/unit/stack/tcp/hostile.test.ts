/** What a namespace can do to us: nothing throws, nothing grows without bounds. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'node:test';
import { FakeStream } from '../../../support/tcp/fake-stream.js';
import { Lab, established, ipv4Ends, ours, theirs } from '../../../support/tcp/lab.js';

const from = (namespacePort: number): typeof ipv4Ends => ({ ...ipv4Ends, namespacePort });

describe('a flood of SYNs', () => {
  test('that the host does not answer keeps the newest, and cancels the others', () => {
    const lab = new Lab({ limits: { pendingFlows: 100 } });
    for (let port = 1; port <= 1000; port++) lab.sendSyn({}, from(port));
    assert.equal([...lab.tcp.flows()].length, 100);
    assert.equal(lab.attempts.filter(({ isCancelled }) => isCancelled).length, 900);
    assert.equal(lab.attempts.at(-1)?.isCancelled, false);
  });

  test('that the host answers leaves nothing when no handshake is completed', () => {
    const lab = new Lab();
    for (let port = 1; port <= 500; port++) {
      lab.sendSyn({}, from(port));
      lab.events.connected(new FakeStream(), lab.now);
    }
    lab.pass(130_000);
    lab.expectGone();
  });

  test('beyond all limits is dropped; those that are established live', () => {
    const { lab, stream } = established({ limits: { flows: 10 } });
    for (let port = 1; port <= 100; port++) lab.sendSyn({}, from(port));
    assert.equal([...lab.tcp.flows()].length, 10);
    assert.equal(lab.drops.of('tcp: too many flows'), 91);
    lab.send({ seq: theirs + 1, ack: ours + 1, data: 'still here' });
    assert.equal(stream.text, 'still here');
  });

  test('takes the place of flows that only wait', () => {
    const { lab, stream, events } = established({ limits: { flows: 1 } });
    stream.hasEnded = true;
    events.readable(0, true);
    lab.send({ flags: 'FIN|ACK', seq: theirs + 1, ack: ours + 2 });
    assert.equal(lab.state(), 'TIME-WAIT');
    lab.sendSyn({}, from(1));
    assert.equal(lab.state(), 'CONNECTING');
  });
});

test('a scan of all ports that refuse leaves nothing', () => {
  const lab = new Lab();
  lab.onConnect = (events) => events.refused({ kind: 'refused' }, lab.now);
  for (let remotePort = 1; remotePort < 65_536; remotePort += 13) {
    lab.sendSyn({}, { ...ipv4Ends, remotePort });
  }
  assert.ok(lab.take().every(({ flags }) => flags === 'RST|ACK'));
  lab.expectGone();
});

test('many tiny pieces out of order cost no more than a few large ones', () => {
  const { lab } = established({ limits: { outOfOrderBytes: 1 << 20 } });
  for (let i = 0; i < 20_000; i++) {
    lab.send({ seq: theirs + 3 + 2 * i, ack: ours + 1, data: 'x' });
  }
  assert.ok(lab.tcp.heldBytes <= 1 << 20);
  lab.take();
});

test('whatever segments come, none is answered by an exception, and the streams stay sane', () => {
  const near = (base: number): fc.Arbitrary<number> =>
    fc.oneof(
      fc.integer({ min: base - 70_000, max: base + 70_000 }),
      fc.integer({ min: base - 3, max: base + 20 }),
      fc.nat(0xffff_ffff),
    );
  const segment = fc.record({
    flags: fc
      .uniqueArray(fc.constantFrom('SYN', 'FIN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'))
      .map((flags) => ['ACK', ...flags].slice(flags.length > 3 ? 1 : 0).join('|')),
    seq: near(theirs),
    ack: near(ours),
    window: fc.constantFrom(0, 1, 100, 0xffff),
    data: fc.nat(50).map((length) => 'd'.repeat(length)),
    options: fc.array(fc.nat(255), { maxLength: 40 }),
  });
  const step = fc.oneof(
    { weight: 5, arbitrary: segment.map((values) => ({ kind: 'segment' as const, values })) },
    fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1, 200, 3000) }),
    fc.record({ kind: fc.constant('write' as const), length: fc.nat(5000) }),
    fc.record({ kind: fc.constant('room' as const), room: fc.constantFrom(0, 10, 100_000) }),
    fc.record({ kind: fc.constant('link' as const), isFull: fc.boolean() }),
    fc.constant({ kind: 'end' as const }),
    fc.constant({ kind: 'break' as const }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { lab, stream, events } = established();
      lab.onConnect = (other) => other.refused({ kind: 'refused' }, lab.now);
      for (const one of steps) {
        switch (one.kind) {
          case 'segment':
            lab.send(one.values);
            break;
          case 'pass':
            lab.pass(one.ms);
            break;
          case 'write':
            stream.write(new Uint8Array(one.length));
            events.readable(lab.now, false);
            break;
          case 'room':
            stream.room = one.room;
            events.writable(lab.now);
            break;
          case 'link':
            lab.linkIsFull = one.isFull;
            break;
          case 'end':
            stream.hasEnded = true;
            events.readable(lab.now, true);
            break;
          case 'break':
            stream.broken = 104;
            events.failed(lab.now);
        }
        assert.ok(lab.tcp.heldBytes >= 0);
      }
      // The namespace falls silent for ever.
      lab.linkIsFull = false;
      lab.send({ flags: 'RST', seq: lab.take().at(-1)?.ack ?? theirs + 1 });
      stream.broken = 104;
      events.failed(lab.now);
      lab.pass(3_600_000);
      lab.expectGone();
      assert.equal(lab.tcp.heldBytes, 0);
      assert.notEqual(stream.closed, undefined);
    }),
    { numRuns: 1000 },
  );
});
