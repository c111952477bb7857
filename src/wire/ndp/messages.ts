/** Neighbour discovery (RFC 4861 section 4): its messages, without the options that follow. */
import { be16, be32, bytes, pad, u8 } from '../fields.js';
import { struct } from '../struct.js';

/** The kernel's names (net/ndisc.h). */
export const NDISC_ROUTER_SOLICITATION = 133;
export const NDISC_ROUTER_ADVERTISEMENT = 134;
export const NDISC_NEIGHBOUR_SOLICITATION = 135;
export const NDISC_NEIGHBOUR_ADVERTISEMENT = 136;
export const NDISC_REDIRECT = 137;

/** No router on the way has touched the message: it comes from this link (section 3.1). */
export const NDP_HOP_LIMIT = 255;

export const routerSolicitation = struct('router solicitation', 8, {
  type: u8,
  code: u8,
  checksum: be16,
  _reserved: pad(4),
});

export const routerAdvertisement = struct('router advertisement', 16, {
  type: u8,
  code: u8,
  checksum: be16,
  /** What hosts are to set in what they send; 0: no word on it. */
  hopLimit: u8,
  flags: u8,
  /** Of this router as a default router, in seconds; 0: it is none. */
  lifetime: be16,
  /** Milliseconds; 0: no word on it. */
  reachableTime: be32,
  retransmitTimer: be32,
});

/** A flag: what is not an address can be had by DHCPv6. */
export const ND_RA_FLAG_OTHER = 0x40;

export const neighbourSolicitation = struct('neighbour solicitation', 24, {
  type: u8,
  code: u8,
  checksum: be16,
  _reserved: pad(4),
  target: bytes(16),
});

export const neighbourAdvertisement = struct('neighbour advertisement', 24, {
  type: u8,
  code: u8,
  checksum: be16,
  flags: be32,
  target: bytes(16),
});

export const ND_NA_FLAG_ROUTER = 0x8000_0000;
/** It answers a solicitation. */
export const ND_NA_FLAG_SOLICITED = 0x4000_0000;
/** What is cached about the target gives way. */
export const ND_NA_FLAG_OVERRIDE = 0x2000_0000;
