/**
 * Which flow a frame belongs to, read from its bytes: that of an ICMP error is the one it is about.
 * For captures; the stack has its own reading, which drops what is wrong.
 */
import {
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ICMP_DEST_UNREACH,
  ICMP_PARAMETERPROB,
  ICMP_TIME_EXCEEDED,
  IPV4_OFFSET_MASK,
  NEXT_FRAGMENT,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  dataViewOf,
  ethernet,
  icmp,
  icmpEcho,
  ipv4,
  ipv6,
  ipv6Fragment,
  isExtensionHeader,
} from '../../wire/index.js';
import type { FlowProtocol } from '../flow.js';

export interface PacketEnds {
  readonly protocol: FlowProtocol;
  readonly namespaceAddress: Uint8Array;
  readonly remoteAddress: Uint8Array;
  /** Of ICMP the identifier, and 0; -1 where a later fragment does not say. */
  readonly namespacePort: number;
  readonly remotePort: number;
}

/** `isFromNamespace`: else it is on its way there. Undefined: it belongs to no flow. */
export function packetEndsOf(frame: Uint8Array, isFromNamespace: boolean): PacketEnds | undefined {
  if (frame.length < ethernet.size) return undefined;
  const view = dataViewOf(frame);
  const type = view.getUint16(ethernet.offset.type);
  if (type !== ETHERTYPE_IPV4 && type !== ETHERTYPE_IPV6) return undefined;
  const packet = packetAt(view, ethernet.size);
  return packet && endsOf(view, packet, isFromNamespace);
}

/** Says the same of the same flow, from a packet and from its ends. */
export function keyOf(ends: PacketEnds): string {
  const { protocol, namespacePort, remotePort } = ends;
  const ports = namespacePort * 0x1_0000 + remotePort;
  return `${protocol} ${ports} ${latin1(ends.namespaceAddress)} ${latin1(ends.remoteAddress)}`;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

interface IpPacket {
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly protocol: number;
  readonly payloadAt: number;
  /** A fragment without the transport's header. */
  readonly isTail: boolean;
}

function packetAt(view: DataView, at: number): IpPacket | undefined {
  const version = at < view.byteLength ? view.getUint8(at) >> 4 : 0;
  if (version === 4) return ipv4At(view, at);
  return version === 6 ? ipv6At(view, at) : undefined;
}

function ipv4At(view: DataView, at: number): IpPacket | undefined {
  if (at + ipv4.size > view.byteLength) return undefined;
  return {
    source: bytesAt(view, at + ipv4.offset.source, 4),
    destination: bytesAt(view, at + ipv4.offset.destination, 4),
    protocol: view.getUint8(at + ipv4.offset.protocol),
    payloadAt: at + 4 * (view.getUint8(at) & 15),
    isTail: (view.getUint16(at + ipv4.offset.flagsAndFragment) & IPV4_OFFSET_MASK) !== 0,
  };
}

/** Extension headers in a row; more is nonsense. */
const EXTENSION_HEADERS_MAX = 8;

function ipv6At(view: DataView, at: number): IpPacket | undefined {
  if (at + ipv6.size > view.byteLength) return undefined;
  const source = bytesAt(view, at + ipv6.offset.source, 16);
  const destination = bytesAt(view, at + ipv6.offset.destination, 16);
  let protocol = view.getUint8(at + ipv6.offset.nextHeader);
  let payloadAt = at + ipv6.size;
  let isTail = false;
  for (let i = 0; i < EXTENSION_HEADERS_MAX && isExtensionHeader(protocol); i++) {
    if (payloadAt + 8 > view.byteLength) return undefined;
    const isFragment = protocol === NEXT_FRAGMENT;
    if (isFragment) isTail ||= view.getUint16(payloadAt + ipv6Fragment.offset.offsetAndMore) >= 8;
    protocol = view.getUint8(payloadAt);
    payloadAt += isFragment ? ipv6Fragment.size : 8 * (1 + view.getUint8(payloadAt + 1));
  }
  return { source, destination, protocol, payloadAt, isTail };
}

function endsOf(
  view: DataView,
  packet: IpPacket,
  isFromNamespace: boolean,
): PacketEnds | undefined {
  const { source, destination, protocol } = packet;
  const isIcmp = protocol === PROTOCOL_ICMP || protocol === PROTOCOL_ICMPV6;
  const about = isIcmp ? quotedIn(view, packet) : undefined;
  // What an error quotes went the other way.
  if (about !== undefined) return endsOf(view, about, !isFromNamespace);
  const name = protocolNames[protocol];
  if (name === undefined) return undefined;
  const [sourcePort, destinationPort] = isIcmp
    ? [identifierOf(view, packet), 0]
    : portsOf(view, packet);
  const isForward = isFromNamespace || isIcmp;
  return {
    protocol: name,
    namespaceAddress: isFromNamespace ? source : destination,
    remoteAddress: isFromNamespace ? destination : source,
    namespacePort: isForward ? sourcePort : destinationPort,
    remotePort: isForward ? destinationPort : sourcePort,
  };
}

const protocolNames: Partial<Record<number, FlowProtocol>> = {
  [PROTOCOL_TCP]: 'tcp',
  [PROTOCOL_UDP]: 'udp',
  [PROTOCOL_ICMP]: 'icmp',
  [PROTOCOL_ICMPV6]: 'icmp',
};

function portsOf(view: DataView, { payloadAt, isTail }: IpPacket): [number, number] {
  if (isTail || payloadAt + 4 > view.byteLength) return [-1, -1];
  return [view.getUint16(payloadAt), view.getUint16(payloadAt + 2)];
}

function identifierOf(view: DataView, { payloadAt, isTail }: IpPacket): number {
  const at = payloadAt + icmpEcho.offset.identifier;
  return isTail || at + 2 > view.byteLength ? -1 : view.getUint16(at);
}

/** RFC 4443 section 2.1: errors have types below. */
const ICMPV6_INFORMATIONAL = 128;
const icmpErrors: readonly number[] = [
  ...[ICMP_DEST_UNREACH, ICMP_TIME_EXCEEDED, ICMP_PARAMETERPROB],
];

/** The packet that an error is about: no ICMP itself but a ping. */
function quotedIn(view: DataView, packet: IpPacket): IpPacket | undefined {
  if (!isErrorAt(view, packet)) return undefined;
  const quoted = packetAt(view, packet.payloadAt + icmp.size);
  return quoted !== undefined && isErrorAt(view, quoted) ? undefined : quoted;
}

function isErrorAt(view: DataView, { protocol, payloadAt, isTail }: IpPacket): boolean {
  if (isTail || payloadAt >= view.byteLength) return false;
  const type = view.getUint8(payloadAt);
  if (protocol === PROTOCOL_ICMP) return icmpErrors.includes(type);
  return protocol === PROTOCOL_ICMPV6 && type < ICMPV6_INFORMATIONAL;
}

function bytesAt(view: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, length);
}
