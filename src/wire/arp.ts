/** Address resolution (RFC 826) of IPv4 over Ethernet; RFC 5227 for probes and announcements. */
import { be16, bytes, u8 } from './fields.js';
import { struct } from './struct.js';

export const arp = struct('arp', 28, {
  hardwareType: be16,
  protocolType: be16,
  hardwareLength: u8,
  protocolLength: u8,
  operation: be16,
  senderMac: bytes(6),
  /** 0.0.0.0: the sender only wants to know whether the target's address is taken. */
  senderAddress: bytes(4),
  /** Zeros in a request. */
  targetMac: bytes(6),
  targetAddress: bytes(4),
});

/** The kernel's names (linux/if_arp.h). */
export const ARPHRD_ETHER = 1;
export const ARPOP_REQUEST = 1;
export const ARPOP_REPLY = 2;
