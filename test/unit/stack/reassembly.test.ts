import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { NEXT_FRAGMENT, PROTOCOL_UDP, icmp } from '../../../src/wire/index.js';
import { datagramFragments, fragmentOf, type Cut } from '../../support/stack/fragments.js';
import { packet, udpMessage, udpPacket } from '../../support/stack/frames.js';
import { Guest } from '../../support/stack/guest.js';

const ipv4 = { from: '10.0.2.100', to: '1.1.1.1', fromPort: 5000, toPort: 7 };
const ipv6 = { from: 'fd00::100', to: '2606:4700::1111', fromPort: 5000, toPort: 7 };
const data = Uint8Array.from({ length: 4000 }, (_, i) => i * 31 + (i >> 8));

/** A payload, where to cut it, and in which order the parts arrive, some of them twice. */
const journeys = fc
  .record({
    payload: fc.uint8Array({ minLength: 16, maxLength: 2000 }),
    cuts: fc.uniqueArray(fc.nat(250), { minLength: 1, maxLength: 20 }),
    twice: fc.array(fc.nat(20), { maxLength: 3 }),
    seed: fc.array(fc.nat(1000), { minLength: 24, maxLength: 24 }),
  })
  .map(({ payload, cuts, twice, seed }) => {
    const places = cuts.map((cut) => 8 * (1 + (cut % Math.ceil(payload.length / 8))));
    const sorted = [...new Set(places)].sort((a, b) => a - b);
    const count = sorted.length + 1;
    const parts = [...Array(count).keys(), ...twice.filter((i) => i < count)];
    const order = parts
      .map((part, i) => ({ part, key: seed[i] ?? 0 }))
      .sort((a, b) => a.key - b.key)
      .map(({ part }) => part);
    return { payload, places: sorted, order, last: count - 1 };
  });

for (const [name, ends] of [
  ['IPv4', ipv4],
  ['IPv6', ipv6],
] as const) {
  /** These parts of one datagram, in this order. */
  const sendCuts = (guest: Guest, cuts: readonly Cut[], message?: Uint8Array): void => {
    for (const cut of cuts) {
      guest.sends(fragmentOf(ends, PROTOCOL_UDP, message ?? udpMessage(ends, data), cut));
    }
  };

  describe(`fragments of ${name}`, () => {
    test('in any order, some of them twice, they make up what was sent', () => {
      fc.assert(
        fc.property(journeys, ({ payload, places, order }) => {
          const guest = new Guest();
          const fragments = datagramFragments(ends, payload, places);
          // What comes again after the datagram was whole begins another, which ends in time.
          for (const part of order) guest.sends(fragments[part] ?? new Uint8Array(0));
          assert.deepEqual(guest.hosts.udp.last.sent[0], payload);
          guest.pass(60_001);
          assert.equal(guest.stack.usage().fragmentBytes, 0);
        }),
      );
    });

    test('the largest datagram arrives whole', () => {
      const guest = new Guest();
      const payload = new Uint8Array(65_507).fill(7);
      const places = Array.from({ length: 44 }, (_, i) => 1480 * (i + 1));
      for (const fragment of datagramFragments(ends, payload, places)) guest.sends(fragment);
      assert.deepEqual(guest.hosts.udp.last.sent, [payload]);
    });

    test('datagrams with their fragments mixed are told apart', () => {
      const guest = new Guest();
      const [a, b] = [1, 2].map((identification) =>
        datagramFragments({ ...ends, identification }, data.subarray(identification), [1480]),
      );
      for (const fragment of [a?.[0], b?.[1], a?.[1], b?.[0]]) guest.sends(fragment ?? data);
      assert.deepEqual(guest.hosts.udp.last.sent, [data.slice(1), data.slice(2)]);
    });

    const overlaps: readonly (readonly Cut[])[] = [
      [
        { start: 0, end: 16 },
        { start: 8, end: 24 },
      ],
      [
        { start: 8, end: 24 },
        { start: 0, end: 16 },
      ],
      [
        { start: 8, end: 16 },
        { start: 0, end: 24 },
      ],
      [
        { start: 0, end: 16 },
        { start: 24, end: 40 },
        { start: 8, end: 32 },
      ],
    ];
    test('whatever overlaps is given up, with what is still to come of it', () => {
      for (const overlap of overlaps) {
        const guest = new Guest();
        sendCuts(guest, overlap);
        guest.drops('fragment: overlap', 1);
        sendCuts(guest, [{ start: 0, end: 16 }]);
        sendCuts(guest, [{ start: 40, end: 4008 }]);
        assert.equal(guest.hosts.udp.sockets.length, 0);
        guest.pass(60_001).takesNothing();
        assert.equal(guest.stack.usage().fragmentBytes, 0);
      }
    });

    test('a fragment that comes again with other bytes is an overlap', () => {
      const guest = new Guest();
      const message = udpMessage(ends, data);
      sendCuts(guest, [{ start: 0, end: 16 }], message);
      message[9] = (message[9] ?? 0) ^ 1;
      sendCuts(guest, [{ start: 0, end: 16 }], message);
      guest.drops('fragment: overlap');
    });

    test('two different ends are an overlap, and so is a part beyond the end', () => {
      const ways: readonly (readonly Cut[])[] = [
        [
          { start: 8, end: 16, more: false },
          { start: 24, end: 32, more: false },
        ],
        [
          { start: 24, end: 32 },
          { start: 8, end: 16, more: false },
        ],
        [
          { start: 8, end: 16, more: false },
          { start: 24, end: 32 },
        ],
      ];
      for (const cuts of ways) {
        const guest = new Guest();
        sendCuts(guest, cuts);
        guest.drops('fragment: overlap');
      }
    });

    test('empty parts, parts of odd length and parts past 65,535 bytes are malformed', () => {
      const guest = new Guest();
      const message = new Uint8Array(65_600);
      sendCuts(
        guest,
        [
          { start: 8, end: 8 },
          { start: 0, end: 9, more: true },
          { start: 65_528, end: 65_544, more: false },
        ],
        message,
      );
      guest.drops('fragment: malformed', 3);
      assert.equal(guest.stack.usage().fragmentBytes, 0);
    });

    test('when parts are missing for too long, the sender is told if the first has come', () => {
      const guest = new Guest();
      const fragments = datagramFragments(ends, data, [1480]);
      guest.sends(fragments[0] ?? data).pass(60_001);
      const error = guest.takesOne();
      assert.deepEqual([...error.payload.subarray(0, 2)], [name === 'IPv4' ? 11 : 3, 1]);
      const quoted = error.payload.subarray(icmp.size);
      assert.deepEqual(quoted, fragments[0]?.subarray(0, quoted.length));
      guest
        .sends(fragments[1] ?? data)
        .pass(60_001)
        .takesNothing();
      guest.drops('fragment: timed out', 2);
    });

    test('a flood of first fragments takes no more than is allowed', () => {
      const guest = new Guest({ limits: { fragmentBytes: 100_000 } });
      for (let identification = 0; identification < 1000; identification++) {
        const [first = data] = datagramFragments({ ...ends, identification }, data, [1480]);
        guest.sends(first);
        assert.ok(guest.stack.usage().fragmentBytes <= 100_000);
      }
      assert.ok(guest.stack.drops.of('fragment: too many') > 900);
    });

    test('a flood of parts at the far end takes no more than is allowed', () => {
      const guest = new Guest({ limits: { fragmentBytes: 200_000 } });
      for (let identification = 0; identification < 100; identification++) {
        const message = new Uint8Array(65_000);
        const cut = { start: 60_000, end: 64_000 };
        guest.sends(fragmentOf({ ...ends, identification }, PROTOCOL_UDP, message, cut));
        assert.ok(guest.stack.usage().fragmentBytes <= 200_000);
      }
    });

    test('a packet with more gaps than an honest sender leaves is given up', () => {
      const guest = new Guest();
      const cuts = Array.from({ length: 200 }, (_, i) => ({ start: 16 * i, end: 16 * i + 8 }));
      sendCuts(guest, cuts);
      guest.drops('fragment: too many');
      assert.ok(guest.stack.usage().fragmentBytes < 2000);
    });
  });
}

test('IPv4 options of the first fragment are in the packet that comes out', () => {
  const guest = new Guest();
  const options = { ...ipv4, ipOptions: Uint8Array.of(1, 1, 1, 0) };
  for (const fragment of datagramFragments(options, data, [1480])) guest.sends(fragment);
  assert.deepEqual(guest.hosts.udp.last.sent, [data]);
});

test('an IPv6 packet with a fragment header and no other fragments is whole (RFC 6946)', () => {
  const guest = new Guest();
  const message = udpMessage(ipv6, data);
  guest.sends(fragmentOf(ipv6, PROTOCOL_UDP, message, { start: 0, end: message.length }));
  assert.deepEqual(guest.hosts.udp.last.sent, [data]);
  assert.equal(guest.stack.usage().fragmentBytes, 0);
});

test('IPv6 extension headers before and behind the fragment header are passed over', () => {
  const guest = new Guest();
  const udp = udpMessage(ipv6, data.subarray(0, 100));
  // Destination options with PadN, then UDP.
  const inner = Uint8Array.of(PROTOCOL_UDP, 0, 1, 4, 0, 0, 0, 0, ...udp);
  for (const cut of [
    { start: 0, end: 64 },
    { start: 64, end: inner.length },
  ]) {
    const whole = fragmentOf(ipv6, 60, inner, cut);
    const behind = whole.subarray(40);
    // Hop-by-hop options with PadN.
    const withOptions = Uint8Array.of(NEXT_FRAGMENT, 0, 1, 4, 0, 0, 0, 0, ...behind);
    guest.sends(packet(ipv6, 0, withOptions));
  }
  assert.deepEqual(guest.hosts.udp.last.sent, [data.slice(0, 100)]);
});

test('a fragment in fragments is malformed', () => {
  const guest = new Guest();
  const inner = fragmentOf(ipv6, PROTOCOL_UDP, data, { start: 0, end: 160 }).subarray(40);
  for (const cut of [
    { start: 0, end: 64 },
    { start: 64, end: inner.length },
  ]) {
    guest.sends(fragmentOf(ipv6, NEXT_FRAGMENT, inner, cut));
  }
  guest.drops('fragment: malformed');
});

test('what the stack cuts, the stack can put together', () => {
  const guest = new Guest();
  for (const ends of [ipv4, ipv6]) {
    guest.sends(udpPacket(ends, data));
    guest.hosts.udp.last.gets(data);
    const other = new Guest();
    for (const { bytes, version } of guest.takes()) {
      // The way back: the addresses change places, and so do the ports.
      const back = bytes.slice(24);
      const at = version === 4 ? 12 : 8;
      const half = version === 4 ? 4 : 16;
      const source = back.slice(at, at + half);
      back.copyWithin(at, at + half, at + 2 * half);
      back.set(source, at + half);
      other.sends(back);
    }
    assert.deepEqual(other.hosts.udp.last.sent, [data]);
    assert.equal(other.hosts.udp.last.ends.remotePort, 5000);
  }
});
