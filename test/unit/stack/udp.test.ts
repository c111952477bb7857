import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dataViewOf, icmp, udp, virtioNet } from '../../../src/wire/index.js';
import { endsText } from '../../support/stack/fake-hosts.js';
import { guestMac, packet, udpMessage, udpPacket } from '../../support/stack/frames.js';
import { Guest, type Got } from '../../support/stack/guest.js';

const data = Uint8Array.from({ length: 3000 }, (_, i) => i * 7);

/** Where the payload of a UDP datagram begins. */
const payloadOf = ({ payload }: Got): Uint8Array => payload.subarray(udp.size);

for (const [version, from, to, portUnreachable] of [
  [4, '10.0.2.100', '1.1.1.1', [3, 3]],
  [6, 'fd00::100', '2606:4700::1111', [1, 4]],
] as const) {
  const ends = { from, to, fromPort: 5000, toPort: 7 };

  describe(`UDP over IPv${version}`, () => {
    test('a datagram opens a flow, and its payload is sent on the host', () => {
      const guest = new Guest();
      guest.sends(udpPacket(ends, data.subarray(0, 100))).takesNothing();
      const socket = guest.hosts.udp.last;
      assert.equal(endsText(socket.ends), `${from}:5000 ${to}:7`);
      assert.deepEqual(socket.sent, [data.slice(0, 100)]);
    });

    test('more datagrams between the same ends are of the same flow, others are not', () => {
      const guest = new Guest();
      guest.sends(udpPacket(ends, data.subarray(0, 1)));
      guest.sends(udpPacket(ends, data.subarray(1, 2)));
      guest.sends(udpPacket({ ...ends, fromPort: 5001 }, data));
      guest.sends(udpPacket({ ...ends, toPort: 8 }, data));
      guest.sends(udpPacket({ ...ends, to: version === 4 ? '1.0.0.1' : 'fd00::2' }, data));
      assert.equal(guest.hosts.udp.sockets.length, 4);
      assert.deepEqual(guest.hosts.udp.sockets[0]?.sent, [data.slice(0, 1), data.slice(1, 2)]);
    });

    test('an empty datagram is a datagram', () => {
      const guest = new Guest();
      guest.sends(udpPacket(ends, new Uint8Array(0)));
      assert.deepEqual(guest.hosts.udp.last.sent, [new Uint8Array(0)]);
      guest.hosts.udp.last.gets(new Uint8Array(0));
      assert.equal(guest.takesOne().payload.length, udp.size);
    });

    test('what comes back goes to where the flow came from, its checksum left to the device', () => {
      const guest = new Guest();
      guest.sends(udpPacket(ends, data));
      guest.hosts.udp.last.gets(data.slice(0, 1400));
      const got = guest.takesOne();
      assert.deepEqual([got.from, got.to], [to, from]);
      assert.deepEqual(got.ethernet.destination, guestMac);
      const { sourcePort, destinationPort, length } = udp.parse(got.payload);
      assert.deepEqual([sourcePort, destinationPort, length], [7, 5000, 1408]);
      assert.deepEqual(payloadOf(got), data.slice(0, 1400));
      assert.equal(got.virtio.flags, 1);
      assert.equal(got.virtio.gsoType, 0);
    });

    test('a super-datagram of the namespace is sent in segments', () => {
      const guest = new Guest();
      const virtio = { flags: 1, gsoType: 5, gsoSize: 1000 };
      guest.sends(udpPacket(ends, data.subarray(0, 2500)), { virtio });
      assert.deepEqual(guest.hosts.udp.last.segments, [1000]);
      assert.deepEqual(guest.hosts.udp.last.sent, [data.slice(0, 2500)]);
    });

    test('datagrams that came together go in as one super-datagram', () => {
      const guest = new Guest();
      guest.sends(udpPacket(ends, data));
      guest.hosts.udp.last.gets(data, 1400);
      const got = guest.takesOne();
      assert.deepEqual(payloadOf(got), data);
      assert.deepEqual([got.virtio.gsoType, got.virtio.gsoSize], [5, 1400]);
      const headers = got.bytes.length - virtioNet.size - data.length;
      assert.equal(got.virtio.headerLength, headers);
    });

    test('a datagram that is larger than the MTU comes in fragments', () => {
      const guest = new Guest();
      guest.sends(udpPacket(ends, data));
      guest.hosts.udp.last.gets(data);
      const fragments = guest.takes();
      assert.equal(fragments.length, 3);
      assert.ok(fragments.every(({ isFragment }) => isFragment));
      assert.ok(fragments.every(({ bytes }) => bytes.length <= 24 + 1500));
    });

    test('a closed port outside is an unreachable port inside', () => {
      const guest = new Guest();
      guest.sends(udpPacket(ends, data.subarray(0, 20)));
      const [type, code] = portUnreachable;
      guest.hosts.udp.last.events.unreachable({ type, code });
      const error = guest.takesOne();
      assert.deepEqual([error.from, error.to], [to, from]);
      const head = icmp.parse(error.payload);
      assert.deepEqual([head.type, head.code, head.rest], [type, code, 0]);
      const quoted = error.payload.subarray(icmp.size);
      const ports = dataViewOf(quoted.subarray(version === 4 ? 20 : 40));
      assert.deepEqual([ports.getUint16(0), ports.getUint16(2), ports.getUint16(4)], [5000, 7, 28]);
    });

    test('a flow that the host refuses is answered as a closed port is, and leaves nothing', () => {
      const guest = new Guest();
      guest.hosts.udp.refusal = { kind: 'refused' };
      const sent = udpPacket(ends, data.subarray(0, 20));
      guest.sends(sent);
      const error = guest.takesOne();
      assert.deepEqual([...error.payload.subarray(0, 2)], portUnreachable);
      assert.deepEqual(error.payload.subarray(icmp.size), sent);
      guest.sends(sent);
      assert.equal(guest.hosts.udp.asked, 2);
    });

    test('a flow into a black hole is not answered', () => {
      const guest = new Guest();
      guest.hosts.udp.refusal = { kind: 'silent' };
      guest.sends(udpPacket(ends, data)).takesNothing();
    });

    test('a wrong checksum is dropped, one left to the device is not looked at', () => {
      const guest = new Guest();
      const message = udpMessage(ends, data);
      message[20] = (message[20] ?? 0) ^ 1;
      const wrong = packet(ends, 17, message);
      guest.sends(wrong).drops('udp: checksum');
      guest.sends(wrong, { virtio: { flags: 1 } });
      assert.equal(guest.hosts.udp.last.sent.length, 1);
    });
  });
}
