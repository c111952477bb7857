/** Answers to queries: made here, or a server's made to fit. */
import { dns, dataViewOf } from '../../wire/index.js';
import type { Via } from './client.js';
import type { Query } from './query.js';

/** RFC 1035 section 4.2.1: without EDNS. */
const UDP_MIN = 512;
/** No datagram over IPv4 has more. */
const UDP_MAX = 65_507;
const MESSAGE_MAX = 0xffff;
/** What we say that we take by UDP: what crosses any link in one piece. */
const OUR_UDP_PAYLOAD = 1232;

export interface OwnAnswer {
  readonly records?: readonly dns.ResourceRecord[] | undefined;
  readonly rcode?: number | undefined;
}

/** As of a server that is the authority on the name, if there is an answer at all. */
export function answerTo(query: Query, { records = [], rcode = 0 }: OwnAnswer): dns.Message {
  const { id, flags, edns } = query.outline;
  return {
    id,
    opcode: dns.opcodes.QUERY,
    rcode,
    flags: {
      response: true,
      authoritative: rcode === dns.rcodes.NOERROR || rcode === dns.rcodes.NXDOMAIN,
      truncated: false,
      recursionDesired: (flags & dns.RECURSION_DESIRED) !== 0,
      recursionAvailable: true,
      authenticData: false,
      checkingDisabled: (flags & dns.CHECKING_DISABLED) !== 0,
    },
    questions: [query.question],
    answers: records,
    ...{ authorities: [], additionals: [] },
    // RFC 6891 section 6.1.1: with EDNS if, and only if, the query has it.
    ...(edns === undefined ? {} : { edns: ourEdns }),
  };
}

const ourEdns: dns.Edns = {
  ...{ udpPayloadSize: OUR_UDP_PAYLOAD, version: 0, dnssecOk: false, options: [] },
};

/** The answer as the client of this query can take it: what is too long is cut, and says so (TC). */
export function fitted(query: Query, via: Via, answer: Uint8Array): Uint8Array {
  return answer.length <= sizeLimit(query, via) ? answer : truncated(query, answer);
}

function sizeLimit({ outline }: Query, via: Via): number {
  if (via === 'tcp') return MESSAGE_MAX;
  return Math.min(Math.max(UDP_MIN, outline.edns?.udpPayloadSize ?? 0), UDP_MAX);
}

/** No record is left: a part of a set would be taken for the whole (RFC 2181 section 9). */
function truncated(query: Query, answer: Uint8Array): Uint8Array {
  const { flags } = dns.header.parse(answer);
  const cut = answerTo(query, { rcode: flags & dns.RCODE_MASK });
  const authoritative = (flags & dns.AUTHORITATIVE) !== 0;
  return dns.emitMessage({ ...cut, flags: { ...cut.flags, authoritative, truncated: true } });
}

/** A copy of a message under another id. */
export function withId(message: Uint8Array, id: number): Uint8Array {
  const copy = message.slice();
  dataViewOf(copy).setUint16(dns.header.offset.id, id);
  return copy;
}
