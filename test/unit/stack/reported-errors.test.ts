/** ICMP errors from the namespace, or from a router behind it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { echoRequest, icmpPacket, udpPacket } from '../../support/stack/frames.js';
import { Guest, type Got } from '../../support/stack/guest.js';

const data = Uint8Array.from({ length: 2000 }, (_, i) => i);

const families = [
  {
    name: 'IPv4',
    ends: { from: '10.0.2.100', to: '1.1.1.1', fromPort: 5000, toPort: 33_434 },
    unreachable: 3,
    portUnreachable: 3,
    tooBig: [3, 4],
    timeExceeded: 11,
    parameterProblem: 12,
    protocolAt: 9,
    headerLength: 20,
  },
  {
    name: 'IPv6',
    ends: { from: 'fd00::100', to: '2606:4700::1111', fromPort: 5000, toPort: 33_434 },
    unreachable: 1,
    portUnreachable: 4,
    tooBig: [2, 0],
    timeExceeded: 3,
    parameterProblem: 4,
    protocolAt: 6,
    headerLength: 40,
  },
] as const;

/** The packet that the namespace got, as an error quotes it. */
const packetIn = ({ bytes }: Got): Uint8Array => bytes.slice(24);

for (const family of families) {
  const { name, ends, headerLength } = family;

  describe(`errors of ${name} from the namespace`, () => {
    /** What the namespace says about a packet that came from outside. */
    function reported(type: number, code: number, about: Uint8Array, mtu = 0): Uint8Array {
      const head = [type, code, 0, 0, 0, 0, mtu >> 8, mtu & 255];
      return icmpPacket(ends, Uint8Array.of(...head, ...about.subarray(0, 200)));
    }

    const tooBig = (about: Got, mtu: number): Uint8Array =>
      reported(family.tooBig[0], family.tooBig[1], packetIn(about), mtu);

    test('a port that was closed inside is closed outside', () => {
      const guest = new Guest();
      guest.sends(udpPacket(ends, data));
      guest.hosts.udp.last.gets(data.subarray(0, 100));
      const delivered = packetIn(guest.takesOne());
      const { unreachable, portUnreachable } = family;
      guest.sends(reported(unreachable, portUnreachable, delivered)).takesNothing();
      assert.equal(guest.hosts.udp.last.isOpen, false);
      assert.equal(guest.stack.usage().udpFlows, 0);
    });

    test('time exceeded and parameter problem are counted, and change nothing', () => {
      const guest = new Guest();
      guest.sends(udpPacket(ends, data));
      guest.hosts.udp.last.gets(data.subarray(0, 100));
      const delivered = packetIn(guest.takesOne());
      guest.sends(reported(family.timeExceeded, 0, delivered));
      guest.sends(reported(family.parameterProblem, 0, delivered));
      guest.takesNothing().drops('icmp: soft error', 2);
      assert.equal(guest.hosts.udp.last.isOpen, true);
    });

    test('one about a flow that is none is forged or late (RFC 5927), and counted', () => {
      const guest = new Guest();
      guest.sends(udpPacket(ends, data));
      guest.hosts.udp.last.gets(data.subarray(0, 100));
      const delivered = packetIn(guest.takesOne());
      delivered[headerLength] = (delivered[headerLength] ?? 0) ^ 1;
      guest.sends(reported(family.unreachable, 3, delivered));
      delivered[family.protocolAt] = 6;
      guest.sends(reported(family.unreachable, 3, delivered));
      delivered[family.protocolAt] = 132;
      guest.sends(reported(family.unreachable, 3, delivered));
      guest.takesNothing().drops('icmp: no such flow', 3);
      assert.equal(guest.hosts.udp.last.isOpen, true);
    });

    test('too big: from then on datagrams come in fragments that fit', () => {
      const guest = new Guest();
      guest.sends(udpPacket(ends, data));
      const get = (): Got[] => {
        guest.hosts.udp.last.gets(data.subarray(0, 1400));
        return guest.takes();
      };
      const [whole] = get();
      assert.ok(whole && !whole.isFragment);
      guest.sends(tooBig(whole, 1300)).takesNothing();
      assert.deepEqual(
        get().map(({ isFragment }) => isFragment),
        [true, true],
      );
      for (const one of get()) assert.ok(packetIn(one).length <= 1300, 'fits');
      // A flow that begins later knows it, too.
      guest.sends(udpPacket({ ...ends, fromPort: 5001 }, data));
      assert.equal(get().length, 2);
    });

    test('too big about fragments: the first one says which flow it was', () => {
      const guest = new Guest();
      guest.sends(udpPacket(ends, data));
      const get = (): Got[] => {
        guest.hosts.udp.last.gets(data);
        return guest.takes();
      };
      const [first, second] = get();
      assert.ok(first?.isFragment && second?.isFragment);
      guest.sends(tooBig(second, 1300)).takesNothing().drops('icmp: no such flow');
      guest.sends(tooBig(first, 1300)).takesNothing();
      for (const one of get()) assert.ok(packetIn(one).length <= 1300, 'fits');
    });

    test('too big: echo replies come in fragments, too', () => {
      const guest = new Guest();
      const request = echoRequest(ends, 77, 1, data.subarray(0, 1400));
      guest.sends(request);
      const reply = request.subarray(headerLength);
      const get = (): Got[] => {
        guest.hosts.echo.last.gets(reply);
        return guest.takes();
      };
      const [whole] = get();
      assert.ok(whole && !whole.isFragment);
      guest.sends(tooBig(whole, 1300)).takesNothing();
      assert.deepEqual(
        get().map(({ isFragment }) => isFragment),
        [true, true],
      );
      guest.sends(reported(family.unreachable, 0, packetIn(whole)));
      guest.drops('icmp: soft error');
      assert.equal(guest.hosts.echo.last.isOpen, true);
    });

    test('one that quotes too little, or the wrong family, is malformed', () => {
      const guest = new Guest();
      const whole = udpPacket({ ...ends, from: ends.to, to: ends.from }, data);
      guest.sends(reported(family.unreachable, 3, whole.subarray(0, headerLength + 7)));
      const other = whole.slice();
      other[0] = name === 'IPv4' ? 0x60 : 0x45;
      guest.sends(reported(family.unreachable, 3, other));
      const longHeader = whole.slice();
      longHeader[0] = 0x42;
      if (name === 'IPv4') guest.sends(reported(family.unreachable, 3, longHeader));
      guest.takesNothing().drops('icmp: malformed', name === 'IPv4' ? 3 : 2);
    });
  });
}
