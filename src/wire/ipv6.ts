/** The IPv6 header and the extension headers that lead to a payload (RFC 8200). */
import { be16, be32, bytes, pad, u8 } from './fields.js';
import { struct } from './struct.js';

export const ipv6 = struct('ipv6', 40, {
  /** 6, then 8 bits of traffic class, then 20 of flow label. */
  versionClassFlow: be32,
  /** What follows this header, in bytes. */
  payloadLength: be16,
  nextHeader: u8,
  hopLimit: u8,
  source: bytes(16),
  destination: bytes(16),
});

/** Section 4.5. */
export const ipv6Fragment = struct('ipv6 fragment header', 8, {
  nextHeader: u8,
  _reserved: pad(1),
  /** 13 bits of offset in units of 8 bytes, 2 reserved, 1 "more fragments". */
  offsetAndMore: be16,
  identification: be32,
});

export const NEXT_HOP_BY_HOP = 0;
export const NEXT_ROUTING = 43;
export const NEXT_FRAGMENT = 44;
export const NEXT_NONE = 59;
export const NEXT_DESTINATION_OPTIONS = 60;

/** Of those that a packet may carry in front of its payload (RFC 8200 section 4). */
export function isExtensionHeader(nextHeader: number): boolean {
  return (
    nextHeader === NEXT_HOP_BY_HOP ||
    nextHeader === NEXT_ROUTING ||
    nextHeader === NEXT_FRAGMENT ||
    nextHeader === NEXT_DESTINATION_OPTIONS
  );
}
