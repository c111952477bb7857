/** One fragment, and what its packet was before it was cut (RFC 791 section 3.2, RFC 8200 4.5). */
import {
  IPV4_MORE_FRAGMENTS,
  IPV4_OFFSET_MASK,
  checksum,
  ethernet,
  ipv4,
  ipv6,
  ipv6Fragment,
} from '../wire/index.js';
import type { Packet } from './packet.js';

/** IPv4: header and payload; IPv6: all that follows the header. */
export const LENGTH_MAX = 0xffff;
/** From the IP header to the payload; more has no use. */
export const HEADERS_MAX = 1024;

/** Where a fragment belongs. */
export interface Part {
  readonly offset: number;
  readonly end: number;
  readonly isLast: boolean;
  /** What tells the packets between two addresses apart, in two halves of 16 bits. */
  readonly keys: readonly [number, number];
}

/** Undefined: it is malformed. */
export function partOf(packet: Packet): Part | undefined {
  const { payloadAt, end: packetEnd, ipAt, version } = packet;
  const length = packetEnd - payloadAt;
  const { offset, isLast, keys } = version === 4 ? placeOfIpv4(packet) : placeOfIpv6(packet);
  const end = offset + length;
  const headers = payloadAt - ipAt;
  const before = version === 4 ? headers : headers - ipv6.size - ipv6Fragment.size;
  const isSound =
    length > 0 &&
    (isLast || length % 8 === 0) &&
    before + end <= LENGTH_MAX &&
    headers <= HEADERS_MAX;
  return isSound ? { offset, end, isLast, keys } : undefined;
}

type Place = Omit<Part, 'end'>;

function placeOfIpv4({ view, ipAt, protocol }: Packet): Place {
  const flags = view.getUint16(ipAt + ipv4.offset.flagsAndFragment);
  const identification = view.getUint16(ipAt + ipv4.offset.identification);
  return {
    offset: 8 * (flags & IPV4_OFFSET_MASK),
    isLast: (flags & IPV4_MORE_FRAGMENTS) === 0,
    keys: [identification, protocol],
  };
}

function placeOfIpv6({ view, fragmentAt }: Packet): Place {
  const flags = view.getUint16(fragmentAt + ipv6Fragment.offset.offsetAndMore);
  const identification = view.getUint32(fragmentAt + ipv6Fragment.offset.identification);
  return {
    offset: flags & 0xfff8,
    isLast: (flags & 1) === 0,
    keys: [identification >>> 16, identification & 0xffff],
  };
}

/** What the first fragment says about the packet. */
export interface First {
  /** As they came, from the Ethernet header to the payload. */
  readonly headers: Uint8Array;
  /** IPv6: where in them the next-header byte lies that leads to the fragment header. */
  readonly nextHeaderAt: number;
  /** Of its own part. */
  readonly length: number;
}

export function firstOf(packet: Packet): First {
  const { bytes, ethernetAt, payloadAt, nextHeaderAt, end } = packet;
  return {
    headers: bytes.slice(ethernetAt, payloadAt),
    nextHeaderAt: nextHeaderAt - ethernetAt,
    length: end - payloadAt,
  };
}

/**
 * Turns headers, at the Ethernet header, into those of the whole packet. Answers their length;
 * undefined: there would be too much behind them.
 */
export function restoreHeaders(
  view: DataView,
  at: number,
  first: First,
  payload: number,
): number | undefined {
  const isIpv4 = view.getUint8(at + ethernet.size) >> 4 === 4;
  const length = first.headers.length - (isIpv4 ? 0 : ipv6Fragment.size);
  const counted = length - ethernet.size - (isIpv4 ? 0 : ipv6.size) + payload;
  if (counted > LENGTH_MAX) return undefined;
  if (isIpv4) restoreIpv4(view, at + ethernet.size, { length: counted, payload });
  else restoreIpv6(view, at, first, counted);
  return length;
}

function restoreIpv4(
  view: DataView,
  at: number,
  { length, payload }: { readonly length: number; readonly payload: number },
): void {
  view.setUint16(at + ipv4.offset.totalLength, length);
  view.setUint16(at + ipv4.offset.flagsAndFragment, 0);
  view.setUint16(at + ipv4.offset.checksum, 0);
  const sum = checksum.addBytes(0, view, at, length - payload);
  view.setUint16(at + ipv4.offset.checksum, checksum.finish(sum));
}

/** The fragment header, which stood last, is left out of the chain. */
function restoreIpv6(
  view: DataView,
  at: number,
  { headers, nextHeaderAt }: First,
  length: number,
): void {
  view.setUint8(at + nextHeaderAt, view.getUint8(at + headers.length - ipv6Fragment.size));
  view.setUint16(at + ethernet.size + ipv6.offset.payloadLength, length);
}
