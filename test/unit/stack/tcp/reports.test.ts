/** ICMP errors from inside about segments of ours: RFC 1122, RFC 1191, RFC 5461, RFC 5927, RFC 8201. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { address, type Ends } from '../../../support/tcp/frames.js';
import {
  established,
  ipv4Ends,
  ipv6Ends,
  ours,
  theirs,
  type Established,
  type Lab,
} from '../../../support/tcp/lab.js';

/** MSS 65460, SACK permitted, window scale 7. */
const wide = { options: [2, 4, 0xff, 0xb4, 4, 2, 1, 3, 3, 7] };

const flowEnds = ({ namespace, namespacePort, remote, remotePort }: Ends) => ({
  version: namespace.includes(':') ? (6 as const) : (4 as const),
  namespaceAddress: address(namespace),
  namespacePort,
  remoteAddress: address(remote),
  remotePort,
});

type Report = Parameters<Lab['tcp']['reported']>[2];

const report = ({ lab }: Established, seq: number, what: Report): string | undefined =>
  lab.tcp.reported(flowEnds(lab.ends), seq | 0, what);

const tooBig = (mtu: number): Report => ({ kind: 'too big', mtu });

/** 30,000 bytes are on their way in one segment. */
function sending(ends = ipv4Ends): Established {
  const all = established({ mtu: 65_520, ends, syn: wide });
  const { lab, stream, events } = all;
  lab.send({ seq: theirs + 1, ack: ours + 1, window: 1 << 14 });
  stream.write(new Uint8Array(30_000).fill(7));
  events.readable(0, false);
  lab.expectSegments({ seq: ours + 1, gsoSize: 0 });
  return all;
}

const sizes = ({ lab }: Established): (readonly [number, number, number])[] =>
  lab.take().map(({ seq, data, gsoSize }) => [seq - ours - 1, data.length, gsoSize] as const);

for (const { name, ends, mss } of [
  { name: 'fragmentation needed (RFC 1191)', ends: ipv4Ends, mss: 1360 },
  { name: 'packet too big (RFC 8201)', ends: ipv6Ends, mss: 1340 },
]) {
  describe(name, () => {
    test('what was under way is sent again at once, in segments that fit', () => {
      const all = sending(ends);
      assert.equal(report(all, ours + 1, tooBig(1400)), undefined);
      assert.deepEqual(sizes(all), [[0, 30_000, mss]]);
      all.lab.send({ seq: theirs + 1, ack: ours + 30_001, window: 1 << 14 });
      all.lab.pass(100_000);
      assert.deepEqual(sizes(all), [], 'all of it has come');
    });

    test('what follows fits, too', () => {
      const all = sending(ends);
      report(all, ours + 1, tooBig(1400));
      all.lab.take();
      all.lab.send({ seq: theirs + 1, ack: ours + 30_001, window: 1 << 14 });
      all.stream.write(new Uint8Array(5000));
      all.events.readable(all.lab.now, false);
      assert.deepEqual(sizes(all), [[30_000, 5000, mss]]);
    });

    test('the same once more, and one that says more, change nothing', () => {
      const all = sending(ends);
      report(all, ours + 1, tooBig(1400));
      all.lab.take();
      report(all, ours + 1, tooBig(1400));
      report(all, ours + 1, tooBig(9000));
      assert.deepEqual(sizes(all), []);
    });

    test('an even narrower way behind it is found by the next error', () => {
      const all = sending(ends);
      report(all, ours + 1, tooBig(1400));
      all.lab.take();
      report(all, ours + 1, tooBig(1300));
      assert.deepEqual(sizes(all), [[0, 30_000, mss - 100]]);
    });

    test('is no timeout: the next one comes no later than without it', () => {
      const all = sending(ends);
      report(all, ours + 1, tooBig(1400));
      all.lab.take();
      all.lab.pass(199);
      assert.deepEqual(sizes(all), []);
      all.lab.pass(1);
      assert.deepEqual(sizes(all), [[0, 30_000, mss]]);
    });

    test('a segment that was never sent, or is acknowledged, is not believed (RFC 5927)', () => {
      const all = sending(ends);
      for (const seq of [ours, ours + 30_001, ours + 1_000_000]) {
        assert.equal(report(all, seq, tooBig(1400)), 'icmp: out of window');
      }
      const other = { ...flowEnds(ends), namespacePort: 1 };
      const said = all.lab.tcp.reported(other, ours + 1, tooBig(1400));
      assert.equal(said, 'icmp: no such flow');
      assert.deepEqual(sizes(all), []);
    });

    test('connections that begin later begin with what is known', () => {
      const all = sending(ends);
      report(all, ours + 1, tooBig(1400));
      const { lab } = all;
      const next = { ...ends, namespacePort: 40_001 };
      lab.sendSyn(wide, next);
      lab.events.connected(all.stream, lab.now);
      lab.take();
      lab.send({ seq: theirs + 1, ack: ours + 1, window: 1 << 14 }, next);
      all.lab.events.readable(lab.now, false);
      assert.deepEqual(sizes(all), [[0, 30_000, mss]]);
    });
  });
}

describe('other errors about an established connection', () => {
  test('are soft: it goes on (RFC 1122 section 4.2.3.9, RFC 5461 section 2)', () => {
    const all = sending();
    for (const kind of ['unreachable', 'other'] as const) {
      assert.equal(report(all, ours + 1, { kind }), 'icmp: soft error');
    }
    assert.equal(all.lab.state(), 'ESTABLISHED');
    assert.equal(all.stream.closed, undefined);
    assert.deepEqual(sizes(all), []);
  });
});
