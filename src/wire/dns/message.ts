/** A whole message (RFC 1035 section 4) as a plain value, and back. */
import { emitEdns, isEdns, parseEdns, type Edns } from './edns.js';
import { OPCODE_MASK, OPCODE_SHIFT, RCODE_MASK, header, flagBits } from './header.js';
import { MessageWriter } from './message-writer.js';
import { Reader } from './reader.js';
import {
  parseQuestion,
  parseRecord,
  writeQuestion,
  writeRecord,
  type Question,
  type ResourceRecord,
} from './record.js';

export type Flags = { readonly [K in keyof typeof flagBits]: boolean };

export interface Message {
  readonly id: number;
  readonly opcode: number;
  /** All 12 bits, if there is EDNS; else 4. */
  readonly rcode: number;
  readonly flags: Flags;
  readonly questions: readonly Question[];
  readonly answers: readonly ResourceRecord[];
  readonly authorities: readonly ResourceRecord[];
  /** Without the OPT pseudo-record, which is `edns`. */
  readonly additionals: readonly ResourceRecord[];
  readonly edns?: Edns | undefined;
}

/** Bytes after the last record are not looked at, as resolvers do. */
export function parseMessage(bytes: Uint8Array): Message {
  const head = header.parse(bytes);
  const reader = new Reader(bytes, header.size);
  const questions = times(head.questionCount, () => parseQuestion(reader));
  const answers = times(head.answerCount, () => parseRecord(reader));
  const authorities = times(head.authorityCount, () => parseRecord(reader));
  const additionals = times(head.additionalCount, () => parseRecord(reader));
  const options = additionals.filter(isEdns);
  if (options.length > 1) throw reader.failure('more than one OPT record');
  const [option] = options;
  const edns = option === undefined ? undefined : parseEdns(option);
  const rcode = (head.flags & RCODE_MASK) | (((option?.ttl ?? 0) >>> 24) << 4);
  return {
    id: head.id,
    opcode: (head.flags >> OPCODE_SHIFT) & OPCODE_MASK,
    rcode,
    flags: flagsOf(head.flags),
    ...{ questions, answers, authorities },
    additionals: option === undefined ? additionals : additionals.filter((one) => !isEdns(one)),
    ...(edns === undefined ? {} : { edns }),
  };
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

function flagsOf(word: number): Flags {
  const entries = Object.entries(flagBits).map(([name, bit]) => [name, (word & bit) !== 0]);
  return Object.fromEntries(entries) as Flags;
}

/** Throws RangeError for what no message can hold. */
export function emitMessage(message: Message): Uint8Array {
  const { questions, answers, authorities, edns } = message;
  const additionals = [
    ...message.additionals,
    ...(edns === undefined ? [] : [emitEdns(edns, message.rcode)]),
  ];
  const writer = new MessageWriter();
  header.write(writer.view, writer.reserve(header.size), {
    id: message.id,
    flags: flagWord(message),
    questionCount: questions.length,
    answerCount: answers.length,
    authorityCount: authorities.length,
    additionalCount: additionals.length,
  });
  for (const question of questions) writeQuestion(writer, question);
  for (const record of [...answers, ...authorities, ...additionals]) writeRecord(writer, record);
  return writer.finish();
}

function flagWord({ opcode, rcode, flags }: Message): number {
  const names = Object.keys(flagBits) as (keyof Flags)[];
  const set = names.reduce((word, name) => (flags[name] ? word | flagBits[name] : word), 0);
  return set | (opcode << OPCODE_SHIFT) | (rcode & RCODE_MASK);
}
