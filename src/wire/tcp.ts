/** The TCP header (RFC 9293 section 3.1); its options are in tcp-options.ts. */
import { be16, be32, u8 } from './fields.js';
import { struct } from './struct.js';

export const tcp = struct('tcp', 20, {
  sourcePort: be16,
  destinationPort: be16,
  sequence: be32,
  acknowledgment: be32,
  /** The header's length in words of 32 bits, in the upper four bits. */
  dataOffset: u8,
  flags: u8,
  window: be16,
  checksum: be16,
  urgent: be16,
});

/** RFC 9293 section 3.1, RFC 3168 for the first two; in the order in which they are printed. */
export const tcpFlags = {
  CWR: 0x80,
  ECE: 0x40,
  URG: 0x20,
  SYN: 0x02,
  FIN: 0x01,
  RST: 0x04,
  PSH: 0x08,
  ACK: 0x10,
} as const;

export type TcpFlag = keyof typeof tcpFlags;

/** `SYN|ACK`; `none` when no flag is set. */
export function formatTcpFlags(flags: number): string {
  const names = Object.entries(tcpFlags).flatMap(([name, bit]) => (flags & bit ? [name] : []));
  return names.join('|') || 'none';
}
