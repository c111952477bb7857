/** The UDP header (RFC 768). */
import { be16 } from './fields.js';
import { struct } from './struct.js';

export const udp = struct('udp', 8, {
  sourcePort: be16,
  destinationPort: be16,
  /** Header and payload, in bytes. */
  length: be16,
  /** 0 over IPv4: there is none. */
  checksum: be16,
});
