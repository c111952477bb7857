/** What nobody should send: dropped and counted, never an exception, never more memory than allowed. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'node:test';
import { defaultLimits } from '../../../src/stack/index.js';
import { NEXT_HOP_BY_HOP, ethernet, virtioNet } from '../../../src/wire/index.js';
import { datagramFragments } from '../../support/stack/fragments.js';
import { echoRequest, frame, icmpPacket, packet, udpPacket } from '../../support/stack/frames.js';
import { Guest } from '../../support/stack/guest.js';

const ipv4 = { from: '10.0.2.100', to: '1.1.1.1', fromPort: 5000, toPort: 7 };
const ipv6 = { from: 'fd00::100', to: '2606:4700::1111', fromPort: 5000, toPort: 7 };
const data = Uint8Array.from({ length: 64 }, (_, i) => i);
const fragment = datagramFragments(ipv6, new Uint8Array(1500), [1000])[1] ?? data;

const solicitation = Uint8Array.of(135, ...new Uint8Array(7), 0xfd, ...new Uint8Array(14), 2);
const samples = {
  'UDP over IPv4': udpPacket(ipv4, data),
  'UDP over IPv6': udpPacket(ipv6, data),
  'echo over IPv4': echoRequest(ipv4, 1, 1, data),
  'echo over IPv6': echoRequest(ipv6, 1, 1, data),
  'a fragment': fragment,
  'a neighbour solicitation': icmpPacket({ ...ipv6, to: 'ff02::1', hopLimit: 255 }, solicitation),
  'an ICMP error': icmpPacket(
    ipv4,
    Uint8Array.of(3, 3, ...new Uint8Array(6), ...udpPacket(ipv4, data)),
  ),
  'extension headers': packet(
    ipv6,
    NEXT_HOP_BY_HOP,
    Uint8Array.of(
      60,
      0,
      1,
      4,
      0,
      0,
      0,
      0,
      17,
      0,
      1,
      4,
      0,
      0,
      0,
      0,
      ...udpPacket(ipv6, data).subarray(40),
    ),
  ),
};

for (const [name, sample] of Object.entries(samples)) {
  const whole = frame(sample);

  describe(name, () => {
    test('cut short anywhere is dropped, and nothing behind its end is read', () => {
      for (let length = 0; length < whole.length; length++) {
        const guest = new Guest();
        guest.sendsFrame(whole.slice(0, length)).takesNothing();
        assert.equal(guest.hosts.udp.asked + guest.hosts.echo.asked, 0, `cut to ${length} bytes`);
        const drops = Object.values(guest.stack.drops.all());
        assert.deepEqual(drops, [1], `cut to ${length} bytes`);
      }
    });

    test('with any of its bytes changed is taken or dropped', () => {
      const change = fc.record({ at: fc.nat(whole.length - 1), value: fc.nat(255) });
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
          const bytes = whole.slice();
          for (const { at, value } of changes) bytes[at] = value;
          new Guest().sendsFrame(bytes).pass(120_000).takes();
        }),
        { numRuns: 300 },
      );
    });
  });
}

test('any bytes at all are dropped or taken', () => {
  const guest = new Guest();
  const some = fc.uint8Array({ maxLength: 200 });
  const types = fc.constantFrom([8, 0], [8, 6], [0x86, 0xdd]);
  fc.assert(
    fc.property(some, types, (rest, type) => {
      guest.sendsFrame(Uint8Array.of(...frame(rest).subarray(0, 22), ...type, ...rest)).takes();
    }),
    { numRuns: 2000 },
  );
});

test('IPv6 extension headers without end are not followed', () => {
  const guest = new Guest();
  const header = [60, 0, 1, 4, 0, 0, 0, 0];
  const many = Uint8Array.from(Array.from({ length: 50 }, () => header).flat());
  guest.sends(packet(ipv6, 60, many)).drops('ipv6: extension headers');
  // One that is longer than the packet.
  guest.sends(packet(ipv6, 60, Uint8Array.of(17, 255, 1, 4, 0, 0, 0, 0)));
  guest.takesNothing().drops('ipv6: extension headers', 2);
});

test('a frame of any other kind is dropped: VLAN, PPPoE, LLDP', () => {
  const guest = new Guest();
  for (const type of [0x8100, 0x8864, 0x88cc, 0x05dc]) guest.sends(data, { type });
  guest.takesNothing().drops('frame: unknown type', 4);
});

describe('a scan of all UDP ports', () => {
  const limit = 100;
  const scan = (guest: Guest): void => {
    for (let toPort = 1; toPort <= 65_535; toPort++)
      guest.sends(udpPacket({ ...ipv4, toPort }, data));
  };

  test('keeps no more sockets open than allowed, and none when time has passed', () => {
    const guest = new Guest({ limits: { udpFlows: limit } });
    scan(guest);
    assert.equal(guest.hosts.udp.asked, 65_535);
    assert.equal(guest.hosts.udp.openCount, limit);
    guest.pass(120_001);
    assert.equal(guest.hosts.udp.openCount, 0);
    assert.equal(guest.stack.usage().udpFlows, 0);
  });

  test('does not push out a conversation', () => {
    const guest = new Guest({ limits: { udpFlows: limit } });
    guest.sends(udpPacket({ ...ipv4, fromPort: 1 }, data));
    const conversation = guest.hosts.udp.last;
    conversation.gets(data);
    guest.pass(1000);
    scan(guest);
    assert.equal(conversation.isOpen, true);
  });

  test('where every flow is a conversation, new ones are dropped', () => {
    const guest = new Guest({ limits: { udpFlows: limit } });
    for (let fromPort = 1; fromPort <= limit; fromPort++) {
      guest.sends(udpPacket({ ...ipv4, fromPort }, data));
    }
    guest.pass(1000);
    for (const socket of guest.hosts.udp.sockets) socket.gets(data);
    guest.sends(udpPacket({ ...ipv4, fromPort: 5000 }, data)).drops('udp: too many flows');
    assert.equal(guest.hosts.udp.openCount, limit);
  });

  test('refused by the host costs nothing that stays', () => {
    const guest = new Guest();
    guest.hosts.udp.refusal = { kind: 'refused' };
    scan(guest);
    assert.equal(guest.stack.usage().udpFlows, 0);
    // As many errors as are allowed at once.
    assert.equal(guest.takes().length, 1000);
  });
});

test('a flood of pings with changing identifiers keeps no more sockets open than allowed', () => {
  const guest = new Guest();
  for (let identifier = 0; identifier < 5000; identifier++) {
    guest.sends(echoRequest(ipv6, identifier, 1, data));
  }
  assert.equal(guest.hosts.echo.openCount, defaultLimits.echoFlows);
});

test('what the host cannot send is dropped and counted, whatever the errno', () => {
  const guest = new Guest();
  guest.sends(udpPacket(ipv4, data)).sends(echoRequest(ipv4, 1, 1, data));
  for (const failure of [-11, -105, -111, -90]) {
    guest.hosts.udp.last.failure = failure;
    guest.hosts.echo.last.failure = failure;
    guest.sends(udpPacket(ipv4, data)).sends(echoRequest(ipv4, 1, 2, data));
  }
  guest.drops('udp: host refused', 4).drops('icmp: host refused', 4).takesNothing();
});

test('when the device takes no frames they are lost, and counted', () => {
  const guest = new Guest();
  guest.sends(udpPacket(ipv4, data));
  guest.isFull = true;
  guest.hosts.udp.last.gets(data);
  guest.hosts.udp.last.gets(new Uint8Array(4000));
  guest.takesNothing().drops('link: queue full', 4);
});

test('a host’s end that has closed takes its flow with it', () => {
  const guest = new Guest();
  guest.sends(udpPacket(ipv4, data));
  const first = guest.hosts.udp.last;
  first.isOpen = false;
  first.events.closed();
  first.gets(data);
  first.events.unreachable({ type: 3, code: 3 });
  guest.takesNothing().sends(udpPacket(ipv4, data));
  assert.equal(guest.hosts.udp.sockets.length, 2);
  assert.equal(guest.stack.usage().udpFlows, 1);
});

test('a service may answer before its socket has taken the datagram', () => {
  const guest = new Guest();
  guest.sends(udpPacket(ipv4, data));
  const socket = guest.hosts.udp.last;
  socket.onSend = (bytes) => socket.gets(bytes);
  guest.sends(udpPacket(ipv4, data.subarray(0, 9)));
  assert.deepEqual(guest.takesOne().payload.subarray(8), data.slice(0, 9));
});

test('the largest datagram that the host can get is passed on, a larger one is not', () => {
  const guest = new Guest({ settings: { mtu: 65_520 } });
  guest.sends(udpPacket(ipv4, data));
  guest.hosts.udp.last.gets(new Uint8Array(65_507));
  assert.equal(guest.takes().length, 2);
  guest.hosts.udp.last.gets(new Uint8Array(65_508));
  guest.takesNothing().drops('udp: too long');
  guest.sends(udpPacket(ipv6, data));
  guest.hosts.udp.last.gets(new Uint8Array(65_527));
  assert.equal(guest.takes().length, 2);
});

test('many datagrams of many sizes that came together arrive one by one if one is too large', () => {
  const guest = new Guest();
  guest.sends(udpPacket(ipv4, data));
  const bytes = Uint8Array.from({ length: 4500 }, (_, i) => i * 13);
  guest.hosts.udp.last.gets(bytes, 2000);
  const sizes = guest
    .takes()
    .map(({ bytes: { length } }) => length - virtioNet.size - ethernet.size);
  // Two of 2,000 bytes in two fragments each, one of 500.
  assert.deepEqual(sizes, [1500, 548, 1500, 548, 528]);
});
