/** The queries of one namespace that are with the host's resolvers. */
import { Deadlines } from '../deadlines.js';
import type { Random } from '../random.js';
import type { DnsClient } from './client.js';
import { Inquiry } from './inquiry.js';
import type { Query } from './query.js';
import type { ResolvConf } from './resolv-conf.js';
import type { UpstreamTransport } from './transport.js';
import { Upstreams } from './upstreams.js';

export interface ForwarderOptions {
  readonly transport: UpstreamTransport;
  readonly random: Random;
  /** Queries at one time; for one more, the oldest is given up. */
  readonly queriesMax: number;
  /** An answer under the query's id, or undefined: there is none. */
  readonly over: (
    asked: { readonly query: Query; readonly client: DnsClient },
    message: Uint8Array | undefined,
    now: number,
  ) => void;
}

export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #upstreams = new Upstreams();
  readonly #deadlines = new Deadlines<Inquiry>();
  /** Oldest first. */
  readonly #inquiries = new Set<Inquiry>();
  #timeoutMs: number | undefined;
  #attempts: number | undefined;

  constructor(options: ForwarderOptions) {
    this.#options = options;
  }

  /** What is under way goes on as it was. */
  configure({ nameservers, timeoutMs, attempts }: ResolvConf): void {
    this.#upstreams.configure(nameservers);
    this.#timeoutMs = timeoutMs;
    this.#attempts = attempts;
  }

  get queries(): number {
    return this.#inquiries.size;
  }

  /**
   * False: the client has repeated itself, and the answer to the same query is still to come. Else
   * it is over once, which may be before this returns.
   */
  forward(query: Query, client: DnsClient, now: number): boolean {
    if (this.#isUnderWay(query, client)) return false;
    this.#makeRoom(now);
    const inquiry = new Inquiry(query, client, {
      transport: this.#options.transport,
      random: this.#options.random,
      upstreams: this.#upstreams,
      deadlines: this.#deadlines,
      timeoutMs: this.#timeoutMs,
      attempts: this.#attempts,
      over: (ended, message, at) => {
        this.#inquiries.delete(ended);
        this.#options.over(ended, message, at);
      },
    });
    this.#inquiries.add(inquiry);
    inquiry.start(now);
    return true;
  }

  /** It has gone: nothing is to be asked or answered for it any more. */
  forget(client: DnsClient): void {
    for (const inquiry of this.#inquiries) {
      if (inquiry.client !== client) continue;
      inquiry.cancel();
      this.#inquiries.delete(inquiry);
    }
  }

  close(): void {
    for (const inquiry of this.#inquiries) inquiry.cancel();
    this.#inquiries.clear();
  }

  nextDeadline(): number | undefined {
    return this.#deadlines.next();
  }

  poll(now: number): void {
    let late = this.#deadlines.due(now);
    for (; late !== undefined; late = this.#deadlines.due(now)) late.onDeadline(now);
  }

  #isUnderWay(query: Query, client: DnsClient): boolean {
    for (const inquiry of this.#inquiries) {
      if (inquiry.client === client && isSame(inquiry.query.bytes, query.bytes)) return true;
    }
    return false;
  }

  #makeRoom(now: number): void {
    for (const oldest of this.#inquiries) {
      if (this.#inquiries.size < this.#options.queriesMax) return;
      oldest.cancel();
      this.#inquiries.delete(oldest);
      this.#options.over(oldest, undefined, now);
    }
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, i) => byte === other[i]);
}
