/**
 * IPv4 addresses inside IPv6 ones. A rule about an IPv4 network must hold whichever way the address
 * is written, because translators on the way take the one for the other.
 */
import { isWithin } from '../../wire/index.js';

/** ::ffff:0:0/96, IPv4-mapped (RFC 4291 section 2.5.5.2). */
const MAPPED = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0);
const MAPPED_BITS = 96;

/** Where the IPv4 address begins, behind the prefix. */
const translated = [
  // 64:ff9b::/96, NAT64 (RFC 6052 section 2.1).
  { prefix: Uint8Array.of(0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), bytes: 12 },
  // 2002::/16, 6to4 (RFC 3056 section 2).
  { prefix: Uint8Array.of(0x20, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), bytes: 2 },
];

/** The IPv4 address that a translator on the way would take an IPv6 one for. */
export function embeddedIPv4(address: Uint8Array): Uint8Array | undefined {
  const found = translated.find(({ prefix, bytes }) => isWithin(address, prefix, 8 * bytes));
  return found === undefined ? undefined : address.subarray(found.bytes, found.bytes + 4);
}

/** The kernel writes an IPv4 packet for these, so no honest IPv6 packet has one. */
export function isMapped(address: Uint8Array): boolean {
  return isWithin(address, MAPPED, MAPPED_BITS);
}

/** A part of ::ffff:0:0/96 as the IPv4 network that it is. */
export function canonicalNetwork(network: Uint8Array, prefixLength: number): Network {
  if (prefixLength < MAPPED_BITS || !isMapped(network)) return { network, prefixLength };
  return { network: network.slice(12), prefixLength: prefixLength - MAPPED_BITS };
}

interface Network {
  readonly network: Uint8Array;
  readonly prefixLength: number;
}
