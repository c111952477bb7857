/** Inputs to begin with: one for each thing that a namespace usually does. */
import {
  dhcpMessageTypes,
  dhcpv6Types as types,
  emitIaAddress,
  emitDhcp,
  emitDhcpv6,
  emitIaNa,
  tcpFlags,
  type Dhcpv6Option,
} from '../../src/wire/index.js';
import { datagramFragments } from '../support/stack/fragments.js';
import {
  address,
  echoRequest,
  frame,
  gatewayMac,
  guestMac,
  icmpPacket,
  packet,
  udpPacket,
  type FrameOptions,
} from '../support/stack/frames.js';
import { operation, type Input, type Operation } from './input.js';
import { repairs } from './repair.js';

const { SYN, ACK, FIN, RST, PSH } = tcpFlags;
const ALL = repairs.length | repairs.header | repairs.transport;

const ipv4 = { from: '10.0.2.100', to: '192.0.2.1', fromPort: 5000, toPort: 7 };
const ipv6 = { from: 'fd00::100', to: '2001:db8::1', fromPort: 5000, toPort: 7 };
const data = Uint8Array.from({ length: 100 }, (_, i) => i);

const sent = (rest: Uint8Array, options?: FrameOptions): Operation =>
  operation('frame', [ALL], frame(rest, options));

/** Of fragments, only the IP header is put right. */
const sentAsIs = (rest: Uint8Array): Operation => operation('frame', [repairs.header], frame(rest));

const segment = (flags: number, how = 0, bytes: Uint8Array = new Uint8Array(0)): Operation[] =>
  [0, 1].map((connection) => operation('segment', [connection, flags, how], bytes));

/** Of the sets of options: a block of SACK; what a connection usually begins with. */
const SACK = 1 << 8;
const USUAL_OPTIONS = 2 << 8;
/** An acknowledgment that is 1,460 bytes behind. */
const BEHIND = 9 << 4;

const handshake: Input = [
  operation('policy', [0, 1]),
  ...segment(SYN, USUAL_OPTIONS),
  ...segment(ACK),
];

const arp = Uint8Array.of(
  ...[0, 1, 8, 0, 6, 4, 0, 1],
  ...[...guestMac, ...address('10.0.2.100')],
  ...[0, 0, 0, 0, 0, 0, ...address('10.0.2.2')],
);

const nobody = new Uint8Array(4);
const dhcpRequest = emitDhcp({
  ...{ op: 1, htype: 1, hlen: 6, hops: 0, xid: 1, secs: 0, flags: 0 },
  ...{ ciaddr: nobody, yiaddr: nobody, siaddr: nobody, giaddr: nobody },
  ...{ chaddr: guestMac, sname: nobody, file: nobody },
  options: new Map([
    [53, Uint8Array.of(dhcpMessageTypes.DHCPREQUEST)],
    [50, address('10.0.2.100')],
    [54, address('10.0.2.2')],
  ]),
});

const duid = [0, 3, 0, 1];
const clientId = { code: 1, value: Uint8Array.of(...duid, ...guestMac) };
const serverId = { code: 2, value: Uint8Array.of(...duid, ...gatewayMac) };
const wanted = emitIaAddress({
  address: address('fd00::7'),
  preferredLifetime: 0,
  validLifetime: 0,
});
const association = emitIaNa({ iaid: 1, t1: 0, t2: 0, options: [{ code: 5, value: wanted }] });
const rapidCommit = { code: 14, value: new Uint8Array(0) };

function dhcpv6(type: number, others: readonly Dhcpv6Option[]): Operation {
  const options = [clientId, ...others, { code: 3, value: association }];
  const message = emitDhcpv6({ type, transaction: 5, options });
  return sent(udpPacket({ from: 'fe80::1', to: 'ff02::1:2', fromPort: 546, toPort: 547 }, message));
}

const solicitation = (type: number, target: readonly number[]): Uint8Array =>
  Uint8Array.of(type, 0, 0, 0, 0, 0, 0, 0, ...target, 1, 1, ...guestMac);

const toGroup = { ...ipv6, to: 'ff02::1:ff00:2', hopLimit: 255 };

/** The rest of an ICMP error about what a UDP flow of the namespace's was answered. */
const aboutAnswer = [
  ...new Uint8Array(6),
  ...udpPacket({ ...ipv4, from: ipv4.to, to: ipv4.from, fromPort: 7, toPort: 5000 }, data),
];

export const seeds: readonly Input[] = [
  [sent(arp, { type: 0x0806 })],
  [sent(icmpPacket(toGroup, solicitation(135, [...address('fd00::2')])))],
  [
    sent(icmpPacket({ ...toGroup, to: 'ff02::2' }, solicitation(133, []))),
    operation('change', [1, 3]),
  ],
  [
    sent(
      udpPacket({ from: '0.0.0.0', to: '255.255.255.255', fromPort: 68, toPort: 67 }, dhcpRequest),
    ),
  ],
  [
    dhcpv6(types.SOLICIT, [rapidCommit]),
    dhcpv6(types.REQUEST, [serverId]),
    dhcpv6(types.CONFIRM, []),
  ],
  [sent(udpPacket(ipv4, data)), operation('datagram', [0, 0, 3000]), operation('wait', [1, 400])],
  [sent(udpPacket(ipv6, data)), operation('datagram', [0, 0, (700 << 17) | (1 << 16) | 3000])],
  [sent(udpPacket(ipv4, data)), operation('datagram', [0, 1, 0x0303], data.slice(0, 30))],
  [sent(udpPacket({ ...ipv6, hopLimit: 1 }, data)), operation('datagram', [0, 2])],
  [operation('policy', [2]), sent(udpPacket(ipv6, data)), sent(echoRequest(ipv4, 1, 1, data))],
  [sent(echoRequest(ipv4, 1, 1, data)), operation('datagram', [0, 0, 1600])],
  [sent(echoRequest(ipv6, 1, 1, data)), operation('datagram', [0, 1, 3], data.slice(0, 40))],
  datagramFragments(ipv4, new Uint8Array(200), [64, 128]).map(sentAsIs),
  [...datagramFragments(ipv6, new Uint8Array(200), [64, 128]).map(sentAsIs).reverse()],
  [...datagramFragments(ipv4, data, [64]).slice(0, 1).map(sentAsIs), operation('wait', [1, 40])],
  [sent(udpPacket(ipv4, data)), sent(icmpPacket(ipv4, Uint8Array.of(3, 3, ...aboutAnswer)))],
  [
    sent(udpPacket(ipv4, data)),
    sent(icmpPacket(ipv4, Uint8Array.of(3, 4, ...aboutAnswer))),
    operation('datagram', [0, 0, 1400]),
  ],
  [
    sent(
      packet(
        ipv6,
        0,
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
    ),
  ],
  [sent(packet(ipv4, 132, data))],
  [sent(udpPacket(ipv4, data), { virtio: { flags: 1, gsoType: 5, gsoSize: 40 } })],
  [operation('open', [0]), ...segment(SYN | ACK, USUAL_OPTIONS), ...segment(FIN | ACK)],
  [operation('open', [1]), ...segment(SYN), ...segment(RST | ACK)],
  handshake,
  [...handshake, ...segment(ACK | PSH, 0, data), operation('stream', [0, 2, 5000])],
  [...handshake, operation('stream', [0, 0, 9000]), ...segment(ACK), operation('wait', [0, 250])],
  [...handshake, operation('stream', [0, 0, 90_000]), ...segment(ACK, SACK | BEHIND)],
  [...handshake, operation('stream', [0, 2, 2 ** 31 + 50]), ...segment(ACK | PSH, 0, data)],
  [...handshake, ...segment(ACK, 6, data), ...segment(ACK, 0, data), operation('wait', [1, 20])],
  [...handshake, ...segment(FIN | ACK), operation('stream', [0, 1]), ...segment(ACK)],
  [...handshake, operation('stream', [1, 1]), ...segment(ACK), ...segment(FIN | ACK)],
  [...handshake, operation('stream', [0, 3]), ...segment(RST)],
  [...segment(SYN), operation('stream', [0, 1, 4]), operation('stream', [1, 0]), ...segment(ACK)],
  [
    ...handshake,
    operation('link', [1]),
    operation('stream', [0, 0, 90_000]),
    operation('link', [0]),
  ],
];
