/** The header of a message (RFC 1035 section 4.1.1; AD and CD from RFC 4035 section 3). */
import { be16 } from '../fields.js';
import { struct } from '../struct.js';

export const header = struct('dns header', 12, {
  id: be16,
  flags: be16,
  questionCount: be16,
  answerCount: be16,
  authorityCount: be16,
  additionalCount: be16,
});

/** QR: an answer, not a query. */
export const RESPONSE = 0x8000;
export const AUTHORITATIVE = 0x0400;
export const TRUNCATED = 0x0200;
export const RECURSION_DESIRED = 0x0100;
export const RECURSION_AVAILABLE = 0x0080;
export const AUTHENTIC_DATA = 0x0020;
export const CHECKING_DISABLED = 0x0010;

export const OPCODE_SHIFT = 11;
export const OPCODE_MASK = 15;
export const RCODE_MASK = 15;

/** A flag of a header, by the name it has in a value. */
export const flagBits = {
  response: RESPONSE,
  authoritative: AUTHORITATIVE,
  truncated: TRUNCATED,
  recursionDesired: RECURSION_DESIRED,
  recursionAvailable: RECURSION_AVAILABLE,
  authenticData: AUTHENTIC_DATA,
  checkingDisabled: CHECKING_DISABLED,
} as const;
