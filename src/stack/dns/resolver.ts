/**
 * The DNS server of a namespace: questions come in, answers go out. Those about our own names are
 * answered here, the others by the host's resolvers. No answer is kept for the next one who asks:
 * that is what the host's resolvers do.
 */
import { DecodeError } from '../../errors/index.js';
import { dns } from '../../wire/index.js';
import type { Random } from '../random.js';
import { answerTo, fitted, type OwnAnswer } from './answer.js';
import type { DnsClient } from './client.js';
import type { QuestionDecision } from './decide.js';
import { Forwarder } from './forwarder.js';
import { HostsFile } from './hosts-file.js';
import { decideOwnName, type NetworkSettings } from './own-names.js';
import { readQuery, type Query } from './query.js';
import type { ResolvConf } from './resolv-conf.js';
import type { UpstreamTransport } from './transport.js';

export interface ResolverOptions {
  readonly settings: NetworkSettings;
  readonly transport: UpstreamTransport;
  readonly random: Random;
  /** Asked about every question before our own names are; undefined: no opinion. */
  readonly decide?: ((question: dns.Question) => QuestionDecision | undefined) | undefined;
  /** Sees every answer that the namespace gets, if it can be read. */
  readonly onAnswer?: ((answer: dns.Message, now: number) => void) | undefined;
  /** Queries at one time that are with the host's resolvers; for one more, the oldest is given up. */
  readonly queriesMax?: number | undefined;
}

/** Each may hold a few sockets of this process. */
const QUERIES_MAX = 256;

export class Resolver {
  readonly #options: ResolverOptions;
  readonly #forwarder: Forwarder;
  #hosts = new HostsFile();

  constructor(options: ResolverOptions) {
    this.#options = options;
    this.#forwarder = new Forwarder({
      transport: options.transport,
      random: options.random,
      queriesMax: options.queriesMax ?? QUERIES_MAX,
      over: ({ query, client }, message, now) => {
        if (message === undefined) this.#answer(query, client, failure, now);
        else this.#passOn(query, client, message, now);
      },
    });
  }

  configure(resolvConf: ResolvConf): void {
    this.#forwarder.configure(resolvConf);
  }

  setHosts(hosts: HostsFile): void {
    this.#hosts = hosts;
  }

  /**
   * A message from the namespace; the resolver keeps the bytes. Answers whether there is a reply to
   * it, which may come before this returns.
   */
  receive(bytes: Uint8Array, client: DnsClient, now: number): boolean {
    const read = readQuery(bytes);
    if (read.kind === 'drop') return false;
    if (read.kind === 'answer') {
      client.reply(read.message);
      return true;
    }
    const { query } = read;
    const decision = this.#decide(query);
    if (decision.kind === 'forward') return this.#forwarder.forward(query, client, now);
    this.#answer(query, client, decision.kind === 'answer' ? decision : refusal, now);
    return true;
  }

  /** It has gone: nothing is to be asked or answered for it any more. */
  forget(client: DnsClient): void {
    this.#forwarder.forget(client);
  }

  /** Nobody gets an answer any more. */
  close(): void {
    this.#forwarder.close();
  }

  /** How many are with the host's resolvers. */
  get queries(): number {
    return this.#forwarder.queries;
  }

  /** When to call `poll`; undefined: nothing is under way. */
  nextDeadline(): number | undefined {
    return this.#forwarder.nextDeadline();
  }

  poll(now: number): void {
    this.#forwarder.poll(now);
  }

  #decide({ question, outline }: Query): QuestionDecision {
    // RFC 6891 section 6.1.3; there is only version 0 yet.
    if ((outline.edns?.version ?? 0) !== 0) return unknownVersion;
    const { decide, settings } = this.#options;
    return decide?.(question) ?? decideOwnName(question, settings, this.#hosts);
  }

  #answer(query: Query, client: DnsClient, answer: OwnAnswer, now: number): void {
    const message = answerTo(query, answer);
    this.#options.onAnswer?.(message, now);
    client.reply(fitted(query, client.via, dns.emitMessage(message)));
  }

  #passOn(query: Query, client: DnsClient, message: Uint8Array, now: number): void {
    if (this.#options.onAnswer !== undefined) {
      const read = messageIn(message);
      if (read !== undefined) this.#options.onAnswer(read, now);
    }
    client.reply(fitted(query, client.via, message));
  }
}

const failure: OwnAnswer = { rcode: dns.rcodes.SERVFAIL };
const refusal: OwnAnswer = { rcode: dns.rcodes.REFUSED };
const unknownVersion: QuestionDecision = {
  ...{ kind: 'answer', records: [], rcode: dns.rcodes.BADVERS },
};

function messageIn(bytes: Uint8Array): dns.Message | undefined {
  try {
    return dns.parseMessage(bytes);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
