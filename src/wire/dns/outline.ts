/**
 * What a forwarder must know of a message that it passes on unchanged (RFC 5625): its header, its
 * question, and what EDNS says. Records are stepped over, not read, so this is cheap whatever the
 * message holds.
 */
import { types } from './constants.js';
import { OPCODE_MASK, OPCODE_SHIFT, RCODE_MASK, header } from './header.js';
import { Reader } from './reader.js';
import { parseQuestion, type Question } from './record.js';

export interface Outline {
  readonly id: number;
  /** The header's second word: RESPONSE, ... */
  readonly flags: number;
  readonly opcode: number;
  /** The 4 bits in the header. */
  readonly rcode: number;
  readonly questionCount: number;
  /** The first. */
  readonly question?: Question | undefined;
  /** Where the first question ends. */
  readonly questionEnd: number;
  readonly edns?: { readonly udpPayloadSize: number; readonly version: number } | undefined;
}

export function parseOutline(bytes: Uint8Array): Outline {
  const head = header.parse(bytes);
  const reader = new Reader(bytes, header.size);
  const question = head.questionCount === 0 ? undefined : parseQuestion(reader);
  const questionEnd = reader.at;
  for (let i = 1; i < head.questionCount; i++) {
    reader.skipName();
    reader.skip(4);
  }
  for (let i = 0; i < head.answerCount + head.authorityCount; i++) stepOver(reader);
  let edns: Outline['edns'];
  for (let i = 0; i < head.additionalCount; i++) edns = stepOver(reader) ?? edns;
  return {
    id: head.id,
    flags: head.flags,
    opcode: (head.flags >> OPCODE_SHIFT) & OPCODE_MASK,
    rcode: head.flags & RCODE_MASK,
    questionCount: head.questionCount,
    question,
    questionEnd,
    edns,
  };
}

/** A record; of an OPT record, what it says. */
function stepOver(reader: Reader): Outline['edns'] {
  reader.skipName();
  const [type, itsClass, ttl] = [reader.u16(), reader.u16(), reader.u32()];
  reader.skip(reader.u16());
  return type === types.OPT
    ? { udpPayloadSize: itsClass, version: (ttl >>> 16) & 0xff }
    : undefined;
}
