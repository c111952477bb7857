/** ICMP errors toward the namespace. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dataViewOf, icmp } from '../../../src/wire/index.js';
import { fragmentOf } from '../../support/stack/fragments.js';
import {
  address,
  echoRequest,
  icmpPacket,
  packet,
  udpMessage,
  udpPacket,
} from '../../support/stack/frames.js';
import { Guest, type Got } from '../../support/stack/guest.js';

const data = Uint8Array.from({ length: 2000 }, (_, i) => i);
const quotedIn = ({ payload }: Got): Uint8Array => payload.subarray(icmp.size);

const families = [
  {
    name: 'IPv4',
    ends: { from: '10.0.2.100', to: '1.1.1.1', fromPort: 5000, toPort: 33_434 },
    gateway: '10.0.2.2',
    timeExceeded: [11, 0],
    unreachable: 3,
    tooBig: { type: 3, code: 4 },
    unknownProtocol: { type: 3, code: 2, rest: 0 },
    largest: 576 - 20,
    headerLength: 20,
  },
  {
    name: 'IPv6',
    ends: { from: 'fd00::100', to: '2606:4700::1111', fromPort: 5000, toPort: 33_434 },
    gateway: 'fd00::2',
    timeExceeded: [3, 0],
    unreachable: 1,
    tooBig: { type: 2, code: 0 },
    // The pointer is at the next-header field.
    unknownProtocol: { type: 4, code: 1, rest: 6 },
    largest: 1280 - 40,
    headerLength: 40,
  },
] as const;

for (const family of families) {
  const { name, ends, gateway, timeExceeded, headerLength } = family;

  describe(`errors of ${name} toward the namespace`, () => {
    test('traceroute: the first hop is the gateway', () => {
      const guest = new Guest();
      for (const hopLimit of [1, 0]) {
        const sent = udpPacket({ ...ends, hopLimit }, data.subarray(0, 32));
        const got = guest.sends(sent).takesOne();
        assert.deepEqual([got.from, got.to], [gateway, ends.from]);
        assert.deepEqual([...got.payload.subarray(0, 2)], timeExceeded);
        assert.deepEqual(quotedIn(got), sent);
      }
      assert.equal(guest.hosts.udp.asked, 0);
    });

    test('traceroute: the others are the routers that the host meets', () => {
      const guest = new Guest();
      guest.sends(udpPacket({ ...ends, hopLimit: 2 }, data.subarray(0, 32)));
      const socket = guest.hosts.udp.last;
      assert.deepEqual(socket.hopLimits, [1]);
      const reporter = address(name === 'IPv4' ? '192.0.2.1' : '2001:db8::1');
      const [type, code] = timeExceeded;
      socket.events.unreachable({ type, code, reporter, quoted: data.subarray(0, 8) });
      const got = guest.takesOne();
      assert.equal(got.from, name === 'IPv4' ? '192.0.2.1' : '2001:db8::1');
      // The UDP header as it was, then what the error quoted.
      const udp = dataViewOf(quotedIn(got).slice(headerLength));
      assert.deepEqual([udp.getUint16(0), udp.getUint16(2), udp.getUint16(4)], [5000, 33_434, 40]);
      assert.deepEqual(quotedIn(got).subarray(headerLength + 8), data.subarray(0, 8));
    });

    test('an error of the host’s loopback comes from whom the namespace asked, or the gateway', () => {
      const guest = new Guest();
      guest.sends(udpPacket(ends, data.subarray(0, 32)));
      const { events } = guest.hosts.udp.last;
      const reporter = address(name === 'IPv4' ? '127.0.0.1' : '::1');
      events.unreachable({ type: family.unreachable, code: name === 'IPv4' ? 3 : 4, reporter });
      assert.equal(guest.takesOne().from, ends.to);
      events.unreachable({ type: family.unreachable, code: 0, reporter });
      assert.equal(guest.takesOne().from, gateway);
    });

    test('a hop limit that is nothing special is left to the host', () => {
      const guest = new Guest();
      guest.sends(udpPacket({ ...ends, hopLimit: 64 }, data));
      assert.deepEqual(guest.hosts.udp.last.hopLimits, []);
      guest.sends(udpPacket({ ...ends, hopLimit: 9 }, data));
      guest.sends(udpPacket({ ...ends, hopLimit: 9 }, data));
      guest.sends(udpPacket({ ...ends, hopLimit: 64 }, data));
      assert.deepEqual(guest.hosts.udp.last.hopLimits, [8, 63]);
    });

    test('a hop limit of 1 is enough for the gateway itself', () => {
      const guest = new Guest();
      guest.sends(udpPacket({ ...ends, to: gateway, hopLimit: 1 }, data)).takesNothing();
      assert.equal(guest.hosts.udp.last.sent.length, 1);
    });

    test('no larger than every host can take', () => {
      const guest = new Guest();
      const got = guest.sends(udpPacket({ ...ends, hopLimit: 1 }, data)).takesOne();
      assert.equal(got.payload.length, family.largest);
    });

    test('too big: with the MTU of the way', () => {
      const guest = new Guest();
      guest.sends(udpPacket(ends, data));
      guest.hosts.udp.last.events.unreachable({ ...family.tooBig, mtu: 1400 });
      const got = guest.takesOne();
      const { type, code, rest } = icmp.parse(got.payload);
      assert.deepEqual({ type, code }, family.tooBig);
      assert.equal(rest, 1400);
      assert.equal(got.from, gateway);
      assert.equal(dataViewOf(quotedIn(got)).getUint16(name === 'IPv4' ? 2 : 4) > 2000, true);
    });

    test('a refusal of the host’s choice', () => {
      const guest = new Guest();
      guest.hosts.udp.refusal = { kind: 'unreachable', type: family.unreachable, code: 1 };
      const got = guest.sends(udpPacket(ends, data)).takesOne();
      assert.deepEqual([...got.payload.subarray(0, 2)], [family.unreachable, 1]);
      assert.equal(got.from, gateway);
    });

    test('protocols other than TCP, UDP and echo are not spoken here', () => {
      const guest = new Guest();
      const sctp = packet(ends, 132, data.subarray(0, 40));
      const got = guest.sends(sctp).takesOne();
      const { type, code, rest } = icmp.parse(got.payload);
      assert.deepEqual({ type, code, rest }, family.unknownProtocol);
      assert.deepEqual(quotedIn(got), sctp);
      guest.drops('protocol: unknown');
    });

    test('there are none about errors, groups, and fragments but the first', () => {
      const guest = new Guest();
      const error = Uint8Array.of(family.unreachable, 3, 0, 0, 0, 0, 0, 0, ...data.subarray(0, 60));
      guest.sends(icmpPacket({ ...ends, hopLimit: 1 }, error)).takesNothing();
      const to = name === 'IPv4' ? '224.0.0.5' : 'ff02::5';
      guest.sends(packet({ ...ends, to, hopLimit: 1 }, 89, data)).takesNothing();
      const message = udpMessage(ends, data);
      const first = { start: 0, end: 800 };
      const second = { start: 800, end: 1600 };
      guest.sends(fragmentOf({ ...ends, hopLimit: 1 }, 17, message, second)).takesNothing();
      guest.sends(fragmentOf({ ...ends, hopLimit: 1 }, 17, message, first)).takesOne();
    });

    test('about an echo request, yes: mtr lives on it', () => {
      const request = echoRequest({ ...ends, hopLimit: 1 }, 5, 9, data.subarray(0, 8));
      assert.deepEqual(quotedIn(new Guest().sends(request).takesOne()), request);
    });

    test('not more than a thousand a second', () => {
      const guest = new Guest();
      const sent = udpPacket({ ...ends, hopLimit: 1 }, data.subarray(0, 8));
      const burst = (): number => {
        for (let i = 0; i < 1500; i++) guest.sends(sent);
        return guest.takes().length;
      };
      assert.equal(burst(), 1000);
      guest.pass(500);
      assert.equal(burst(), 500);
    });
  });
}

test('an IPv6 packet that says there is nothing in it is dropped in silence', () => {
  const guest = new Guest();
  guest.sends(packet({ from: 'fd00::100', to: '2606:4700::1111' }, 59, data)).takesNothing();
  guest.drops('protocol: unknown');
});

test('ICMP of one family in packets of the other is no protocol of it', () => {
  const guest = new Guest();
  guest.sends(packet({ from: '10.0.2.100', to: '1.1.1.1' }, 58, data));
  guest.sends(packet({ from: 'fd00::100', to: '2606:4700::1111' }, 1, data));
  guest.drops('protocol: unknown', 2);
});
