/** Whether a message from a server is an answer, and what kind of one. */
import { dns } from '../../wire/index.js';
import { outlineOf, type Query } from './query.js';

/** The outline of a message, if it answers this query; RFC 5452 section 9.1. */
export function matching(query: Query, id: number, message: Uint8Array): dns.Outline | undefined {
  const outline = outlineOf(message);
  if (outline?.id !== id || (outline.flags & dns.RESPONSE) === 0) return undefined;
  if (outline.opcode !== dns.opcodes.QUERY) return undefined;
  const { question, rcode } = outline;
  // Some servers leave the question out of an error.
  if (question === undefined) return rcode === dns.rcodes.NOERROR ? undefined : outline;
  const asked = query.question;
  const isSame =
    outline.questionCount === 1 &&
    question.type === asked.type &&
    question.class === asked.class &&
    dns.foldName(question.name) === dns.foldName(asked.name);
  return isSame ? outline : undefined;
}

/** Errors that say more about the server than about the name; glibc asks the next one too. */
export function isPoor(rcode: number): boolean {
  return (
    rcode === dns.rcodes.SERVFAIL || rcode === dns.rcodes.NOTIMP || rcode === dns.rcodes.REFUSED
  );
}
