/**
 * ICMP (RFC 792) and ICMPv6 (RFC 4443): the header that all messages share, and the one of echo
 * messages. NDP's are in ndp.ts. Numbers have the kernel's names (linux/icmp.h, linux/icmpv6.h).
 */
import { be16, be32, u8 } from './fields.js';
import { struct } from './struct.js';

export const icmp = struct('icmp', 8, {
  type: u8,
  code: u8,
  checksum: be16,
  /**
   * By type. "Fragmentation needed" has the MTU in its lower half (RFC 1191 section 4), "packet too
   * big" in all of it; other errors have zeros, or a pointer.
   */
  rest: be32,
});

export const icmpEcho = struct('icmp echo', 8, {
  type: u8,
  code: u8,
  checksum: be16,
  identifier: be16,
  sequence: be16,
});

export const ICMP_ECHOREPLY = 0;
export const ICMP_DEST_UNREACH = 3;
export const ICMP_ECHO = 8;
export const ICMP_TIME_EXCEEDED = 11;
export const ICMP_PARAMETERPROB = 12;

/** Codes of ICMP_DEST_UNREACH. */
export const ICMP_NET_UNREACH = 0;
export const ICMP_HOST_UNREACH = 1;
export const ICMP_PROT_UNREACH = 2;
export const ICMP_PORT_UNREACH = 3;
export const ICMP_FRAG_NEEDED = 4;
export const ICMP_PKT_FILTERED = 13;

/** Codes of ICMP_TIME_EXCEEDED. */
export const ICMP_EXC_TTL = 0;
export const ICMP_EXC_FRAGTIME = 1;

export const ICMPV6_DEST_UNREACH = 1;
export const ICMPV6_PKT_TOOBIG = 2;
export const ICMPV6_TIME_EXCEED = 3;
export const ICMPV6_PARAMPROB = 4;
export const ICMPV6_ECHO_REQUEST = 128;
export const ICMPV6_ECHO_REPLY = 129;
/** Multicast listener discovery (RFC 2710, RFC 3810). */
export const ICMPV6_MGM_QUERY = 130;
export const ICMPV6_MGM_REDUCTION = 132;
export const ICMPV6_MLD2_REPORT = 143;

/** Codes of ICMPV6_DEST_UNREACH. */
export const ICMPV6_NOROUTE = 0;
export const ICMPV6_ADM_PROHIBITED = 1;
export const ICMPV6_ADDR_UNREACH = 3;
export const ICMPV6_PORT_UNREACH = 4;

/** Codes of ICMPV6_TIME_EXCEED. */
export const ICMPV6_EXC_HOPLIMIT = 0;
export const ICMPV6_EXC_FRAGTIME = 1;

/** A code of ICMPV6_PARAMPROB; `rest` points at the byte. */
export const ICMPV6_UNK_NEXTHDR = 1;
