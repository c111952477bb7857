/**
 * Which name a namespace was given an address for: what connections to addresses are called in a
 * list of flows, and what rules by name go by.
 */
import { dns } from '../../wire/index.js';

export interface KnownName {
  /** As it was asked for, folded. */
  readonly name: string;
  /** When its record's time is over, in the milliseconds of `now`. */
  readonly expiresAt: number;
}

/** So many addresses; one more, and the one learnt first is forgotten. */
const ADDRESSES_MAX = 4096;
/** Of our own names the records live for 0 seconds, and still a connection follows. */
const LIFE_MIN_MS = 60_000;

export class KnownNames {
  readonly #names = new Map<string, KnownName>();
  readonly #max: number;

  constructor(max = ADDRESSES_MAX) {
    this.#max = max;
  }

  /** Of the name that was asked for, whatever aliases are on the way. */
  learn(answer: dns.Message, now: number): void {
    const [question] = answer.questions;
    if (question === undefined || !answer.flags.response) return;
    const name = dns.foldName(question.name);
    const owners = aliasesOf(name, answer.answers);
    for (const record of answer.answers) {
      if (record.data.kind !== 'address' || !owners.has(dns.foldName(record.name))) continue;
      const expiresAt = now + Math.max(1000 * record.ttl, LIFE_MIN_MS);
      this.#put(record.data.address, { name, expiresAt });
    }
  }

  /** By an address in canonical text: the name it was last given for. */
  get(address: string, now: number): KnownName | undefined {
    const known = this.#names.get(address);
    return known !== undefined && known.expiresAt > now ? known : undefined;
  }

  get size(): number {
    return this.#names.size;
  }

  #put(address: string, known: KnownName): void {
    // Taken out first, so that it becomes the latest.
    this.#names.delete(address);
    this.#names.set(address, known);
    for (const oldest of this.#names.keys()) {
      if (this.#names.size <= this.#max) break;
      this.#names.delete(oldest);
    }
  }
}

/** The names that the asked one is an alias of, itself included; records come in any order. */
function aliasesOf(name: string, answers: readonly dns.ResourceRecord[]): Set<string> {
  const targets = new Map<string, string>();
  for (const { name: owner, type, data } of answers) {
    if (type !== dns.types.CNAME || data.kind !== 'name') continue;
    targets.set(dns.foldName(owner), dns.foldName(data.name));
  }
  const aliases = new Set<string>();
  let at: string | undefined = name;
  while (at !== undefined && !aliases.has(at)) {
    aliases.add(at);
    at = targets.get(at);
  }
  return aliases;
}
