/** Frames as a namespace's kernel makes them, written out field by field. */
import assert from 'node:assert/strict';
import {
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_UDP,
  checksum,
  dataViewOf,
  ethernet,
  icmp,
  ipv4,
  ipv6,
  parseIp,
  udp,
  virtioNet,
} from '../../../src/wire/index.js';

export const gatewayMac = Uint8Array.of(0x52, 0x55, 0x0a, 0, 2, 2);
export const guestMac = Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 0x56);

export function address(text: string): Uint8Array {
  const bytes = parseIp(text);
  assert.ok(bytes, `${text} is no address`);
  return bytes;
}

export interface FrameOptions {
  readonly from?: Uint8Array;
  readonly to?: Uint8Array;
  readonly type?: number;
  readonly virtio?: Partial<ReturnType<typeof virtioNet.parse>>;
}

/** virtio-net and Ethernet header, then the rest. */
export function frame(rest: Uint8Array, options: FrameOptions = {}): Uint8Array {
  const { from = guestMac, to = gatewayMac, type = typeOf(rest), virtio } = options;
  const at = virtioNet.size + ethernet.size;
  const bytes = new Uint8Array(at + rest.length);
  const view = dataViewOf(bytes);
  const nothing = { flags: 0, gsoType: 0, headerLength: 0, gsoSize: 0 };
  virtioNet.write(view, 0, { ...nothing, checksumStart: 0, checksumOffset: 0, ...virtio });
  ethernet.write(view, virtioNet.size, { destination: to, source: from, type });
  bytes.set(rest, at);
  return bytes;
}

function typeOf(packet: Uint8Array): number {
  return (packet[0] ?? 0) >> 4 === 6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4;
}

export interface PacketOptions {
  readonly from: string;
  readonly to: string;
  readonly hopLimit?: number;
  readonly identification?: number;
  /** IPv4: flags and offset. */
  readonly fragment?: number;
  /** IPv4: a multiple of 4 bytes. */
  readonly ipOptions?: Uint8Array;
}

/** An IP packet of the addresses' family. */
export function packet(options: PacketOptions, protocol: number, payload: Uint8Array): Uint8Array {
  return options.from.includes(':')
    ? ipv6Packet(options, protocol, payload)
    : ipv4Packet(options, protocol, payload);
}

function ipv4Packet(options: PacketOptions, protocol: number, payload: Uint8Array): Uint8Array {
  const { from, to, hopLimit = 64, identification = 0, fragment = 0x4000 } = options;
  const { ipOptions = new Uint8Array(0) } = options;
  const headerLength = ipv4.size + ipOptions.length;
  const bytes = new Uint8Array(headerLength + payload.length);
  const view = dataViewOf(bytes);
  ipv4.write(view, 0, {
    versionAndLength: 0x40 | (headerLength / 4),
    trafficClass: 0,
    totalLength: bytes.length,
    identification,
    flagsAndFragment: fragment,
    ttl: hopLimit,
    protocol,
    checksum: 0,
    source: address(from),
    destination: address(to),
  });
  bytes.set(ipOptions, ipv4.size);
  const sum = checksum.addBytes(0, view, 0, headerLength);
  view.setUint16(ipv4.offset.checksum, checksum.finish(sum));
  bytes.set(payload, headerLength);
  return bytes;
}

function ipv6Packet(options: PacketOptions, protocol: number, payload: Uint8Array): Uint8Array {
  const { from, to, hopLimit = 64 } = options;
  const bytes = new Uint8Array(ipv6.size + payload.length);
  ipv6.write(dataViewOf(bytes), 0, {
    versionClassFlow: 0x6000_0000,
    payloadLength: payload.length,
    nextHeader: protocol,
    hopLimit,
    source: address(from),
    destination: address(to),
  });
  bytes.set(payload, ipv6.size);
  return bytes;
}

/** Puts the checksum of a transport into its place. */
function summed(
  { from, to }: PacketOptions,
  protocol: number,
  payload: Uint8Array,
  checksumAt: number,
): Uint8Array {
  const bytes = payload.slice();
  const pseudo = new Uint8Array([...address(from), ...address(to)]);
  const half = pseudo.length === 8 ? 4 : 16;
  const start =
    protocol === PROTOCOL_ICMP
      ? 0
      : checksum.pseudoHeaderSum(dataViewOf(pseudo), 0, half, { protocol, length: bytes.length });
  const sum = checksum.addBytes(start, dataViewOf(bytes), 0, bytes.length);
  dataViewOf(bytes).setUint16(checksumAt, checksum.finish(sum) || 0xffff);
  return bytes;
}

export interface DatagramOptions extends PacketOptions {
  readonly fromPort: number;
  readonly toPort: number;
}

/** The UDP header and what follows, with its checksum. */
export function udpMessage(options: DatagramOptions, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(udp.size + payload.length);
  udp.write(dataViewOf(bytes), 0, {
    sourcePort: options.fromPort,
    destinationPort: options.toPort,
    length: bytes.length,
    checksum: 0,
  });
  bytes.set(payload, udp.size);
  return summed(options, PROTOCOL_UDP, bytes, udp.offset.checksum);
}

export function udpPacket(options: DatagramOptions, payload: Uint8Array): Uint8Array {
  return packet(options, PROTOCOL_UDP, udpMessage(options, payload));
}

/** An ICMP or ICMPv6 message as it is, with its checksum filled in. */
export function icmpPacket(options: PacketOptions, message: Uint8Array): Uint8Array {
  const protocol = options.from.includes(':') ? PROTOCOL_ICMPV6 : PROTOCOL_ICMP;
  return packet(options, protocol, summed(options, protocol, message, icmp.offset.checksum));
}

export function echoRequest(
  options: PacketOptions,
  identifier: number,
  sequence: number,
  data: Uint8Array,
): Uint8Array {
  const type = options.from.includes(':') ? 128 : 8;
  const head = [type, 0, 0, 0, identifier >> 8, identifier & 255, sequence >> 8, sequence & 255];
  return icmpPacket(options, Uint8Array.of(...head, ...data));
}
