/**
 * The few packets that a gate reads and writes: a SYN as it is seen and let in, a reset, an ICMP
 * error. Written in full, checksums too, because the kernel checks what comes from a packet socket.
 */
import {
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  checksum,
  dataViewOf,
  formatIp,
  icmp,
  ipv4,
  ipv6,
  parseIp,
  tcp,
  tcpFlags,
  udp,
} from '../wire/index.js';
import type { Ends } from './ends.js';

/** From the IP header on. */
export interface Packet {
  readonly etherType: number;
  readonly bytes: Uint8Array;
}

export interface Syn extends Packet {
  readonly ends: Ends;
  readonly sequence: number;
  /** Where the TCP header begins. */
  readonly segmentAt: number;
}

/** Of a packet that the gate's filter let through: IPv4 or IPv6 without extension headers, TCP. */
export function parseSyn(bytes: Uint8Array): Syn | undefined {
  const version = (bytes[0] ?? 0) >> 4;
  const segmentAt = version === 4 ? 4 * ((bytes[0] ?? 0) & 15) : ipv6.size;
  if (bytes.length < segmentAt + tcp.size) return undefined;
  const { source, destination } = version === 4 ? ipv4.parse(bytes) : ipv6.parse(bytes);
  const segment = tcp.parse(bytes, segmentAt);
  return {
    etherType: version === 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6,
    bytes,
    ends: {
      source: { address: formatIp(source), port: segment.sourcePort },
      destination: { address: formatIp(destination), port: segment.destinationPort },
    },
    sequence: segment.sequence,
    segmentAt,
  };
}

/** The same packet, to be let in: on its way out the kernel left the checksum to a device. */
export function whole({ bytes, etherType, segmentAt }: Syn): Packet {
  const copy = bytes.slice();
  setChecksum(copy, segmentAt, { protocol: PROTOCOL_TCP, at: tcp.offset.checksum });
  return { etherType, bytes: copy };
}

/** What a closed port answers (RFC 9293 section 3.10.7.1). */
export function resetFor({ ends, sequence }: Syn): Packet {
  const packet = emptyPacket(backwards(ends), PROTOCOL_TCP, tcp.size);
  const view = dataViewOf(packet.bytes);
  tcp.write(view, packet.payloadAt, {
    sourcePort: ends.destination.port,
    destinationPort: ends.source.port,
    sequence: 0,
    acknowledgment: (sequence + 1) >>> 0,
    dataOffset: (tcp.size / 4) << 4,
    flags: tcpFlags.RST | tcpFlags.ACK,
    ...{ window: 0, checksum: 0, urgent: 0 },
  });
  setChecksum(packet.bytes, packet.payloadAt, { protocol: PROTOCOL_TCP, at: tcp.offset.checksum });
  return packet;
}

/** What the quoted packet met. Of the quote, the IP header and 8 bytes matter (RFC 792). */
export function icmpErrorFor(ends: Ends, quote: Uint8Array, error: IcmpError): Packet {
  const isIPv4 = isIPv4Ends(ends);
  const protocol = isIPv4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6;
  const packet = emptyPacket(backwards(ends), protocol, icmp.size + quote.length);
  const view = dataViewOf(packet.bytes);
  icmp.write(view, packet.payloadAt, { ...error, checksum: 0, rest: 0 });
  packet.bytes.set(quote, packet.payloadAt + icmp.size);
  const { payloadAt } = packet;
  if (isIPv4) {
    const sum = checksum.addBytes(0, view, payloadAt, packet.bytes.length - payloadAt);
    view.setUint16(payloadAt + icmp.offset.checksum, checksum.finish(sum));
  } else setChecksum(packet.bytes, payloadAt, { protocol, at: icmp.offset.checksum });
  return packet;
}

export interface IcmpError {
  readonly type: number;
  readonly code: number;
}

/** The headers of a SYN, to be quoted. */
export function quoteOf({ bytes, segmentAt }: Syn): Uint8Array {
  return bytes.subarray(0, segmentAt + 8);
}

/** The headers of a datagram that went this way, to be quoted. */
export function datagramQuote(ends: Ends, length: number): Uint8Array {
  const packet = emptyPacket(ends, PROTOCOL_UDP, udp.size);
  udp.write(dataViewOf(packet.bytes), packet.payloadAt, {
    sourcePort: ends.source.port,
    destinationPort: ends.destination.port,
    length: udp.size + length,
    checksum: 0,
  });
  return packet.bytes;
}

function backwards({ source, destination }: Ends): Ends {
  return { source: destination, destination: source };
}

function isIPv4Ends({ source }: Ends): boolean {
  return !source.address.includes(':');
}

const HOPS = 64;

function emptyPacket(
  ends: Ends,
  protocol: number,
  length: number,
): Packet & { readonly payloadAt: number } {
  const [source, destination] = [ends.source, ends.destination].map(({ address }) =>
    parseIp(address),
  ) as [Uint8Array, Uint8Array];
  if (isIPv4Ends(ends)) {
    const bytes = new Uint8Array(ipv4.size + length);
    const view = dataViewOf(bytes);
    ipv4.write(view, 0, {
      ...{ versionAndLength: 0x45, trafficClass: 0, totalLength: bytes.length },
      ...{ identification: 0, flagsAndFragment: 0x4000, ttl: HOPS, protocol, checksum: 0 },
      ...{ source, destination },
    });
    const sum = checksum.finish(checksum.addBytes(0, view, 0, ipv4.size));
    view.setUint16(ipv4.offset.checksum, sum);
    return { etherType: ETHERTYPE_IPV4, bytes, payloadAt: ipv4.size };
  }
  const bytes = new Uint8Array(ipv6.size + length);
  ipv6.write(dataViewOf(bytes), 0, {
    ...{ versionClassFlow: 0x6000_0000, payloadLength: length, nextHeader: protocol },
    ...{ hopLimit: HOPS, source, destination },
  });
  return { etherType: ETHERTYPE_IPV6, bytes, payloadAt: ipv6.size };
}

/** Over the payload and its pseudo-header, into the field at `at` of the payload. */
function setChecksum(
  packet: Uint8Array,
  payloadAt: number,
  { protocol, at }: { readonly protocol: number; readonly at: number },
): void {
  const view = dataViewOf(packet);
  const isIPv4 = (packet[0] ?? 0) >> 4 === 4;
  const addressesAt = isIPv4 ? ipv4.offset.source : ipv6.offset.source;
  const length = packet.length - payloadAt;
  view.setUint16(payloadAt + at, 0);
  const pseudo = { protocol, length };
  const start = checksum.pseudoHeaderSum(view, addressesAt, isIPv4 ? 4 : 16, pseudo);
  view.setUint16(
    payloadAt + at,
    checksum.finish(checksum.addBytes(start, view, payloadAt, length)),
  );
}
