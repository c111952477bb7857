/** The IPv4 header (RFC 791 section 3.1). Options are skipped by whoever reads it. */
import { be16, bytes, u8 } from './fields.js';
import { struct } from './struct.js';

export const ipv4 = struct('ipv4', 20, {
  /** 4, then the header's length in words of 32 bits. */
  versionAndLength: u8,
  /** DSCP and ECN (RFC 2474, RFC 3168). */
  trafficClass: u8,
  /** Header and payload, in bytes. */
  totalLength: be16,
  identification: be16,
  /** Three flags, then the offset in units of 8 bytes. */
  flagsAndFragment: be16,
  ttl: u8,
  protocol: u8,
  checksum: be16,
  source: bytes(4),
  destination: bytes(4),
});

export const IPV4_DONT_FRAGMENT = 0x4000;
export const IPV4_MORE_FRAGMENTS = 0x2000;
export const IPV4_OFFSET_MASK = 0x1fff;

/** IANA's protocol numbers, also used as IPv6's next header. */
export const PROTOCOL_ICMP = 1;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;
export const PROTOCOL_ICMPV6 = 58;
