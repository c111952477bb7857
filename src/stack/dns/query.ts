/** What came from a namespace to our port 53: a query to answer, an error to give, or nothing. */
import { DecodeError } from '../../errors/index.js';
import { dns } from '../../wire/index.js';

export interface Query {
  /** Owned by the query. */
  readonly bytes: Uint8Array;
  readonly outline: dns.Outline;
  readonly question: dns.Question;
}

export type ReadQuery =
  | { readonly kind: 'query'; readonly query: Query }
  /** Not to be forwarded; `message` says why. */
  | { readonly kind: 'answer'; readonly message: Uint8Array }
  /** Too short to answer, or an answer itself: to answer it could go on for ever. */
  | { readonly kind: 'drop' };

/** RFC 5625 section 4: a proxy passes what it does not know, but one question at a time. */
export function readQuery(bytes: Uint8Array): ReadQuery {
  if (bytes.length < dns.header.size) return { kind: 'drop' };
  const { id, flags } = dns.header.parse(bytes);
  if ((flags & dns.RESPONSE) !== 0) return { kind: 'drop' };
  const opcode = (flags >> dns.OPCODE_SHIFT) & dns.OPCODE_MASK;
  // An update or a notification would reach the host's servers as if it came from the host.
  if (opcode !== dns.opcodes.QUERY) return refusal(id, flags, dns.rcodes.NOTIMP);
  const outline = outlineOf(bytes);
  if (outline?.question === undefined || outline.questionCount !== 1) {
    return refusal(id, flags, dns.rcodes.FORMERR);
  }
  const { question } = outline;
  // A zone comes as many messages, and is not a name to look up.
  if (question.type === dns.types.AXFR || question.type === dns.types.IXFR) {
    return refusal(id, flags, dns.rcodes.NOTIMP);
  }
  return { kind: 'query', query: { bytes, outline, question } };
}

export function outlineOf(bytes: Uint8Array): dns.Outline | undefined {
  try {
    return dns.parseOutline(bytes);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

/** A header and nothing else. */
function refusal(id: number, flags: number, rcode: number): ReadQuery {
  const message = new Uint8Array(dns.header.size);
  const kept = flags & (dns.RECURSION_DESIRED | (dns.OPCODE_MASK << dns.OPCODE_SHIFT));
  dns.header.write(new DataView(message.buffer), 0, {
    ...{ id, flags: dns.RESPONSE | kept | rcode },
    ...{ questionCount: 0, answerCount: 0, authorityCount: 0, additionalCount: 0 },
  });
  return { kind: 'answer', message };
}
