/**
 * The course of one forwarded query: sent to one server after the other until one answers. To the
 * next at once when a server refuses or fails, after a while when it is silent; a late answer still
 * counts. Every attempt has an id and, by its socket, a source port of its own, both by chance
 * (RFC 5452), and only what answers the question that was asked is taken.
 */
import { dns } from '../../wire/index.js';
import type { Deadlines, Timed } from '../deadlines.js';
import type { Random } from '../random.js';
import { withId } from './answer.js';
import { planAttempts, type Attempt } from './attempts.js';
import type { DnsClient } from './client.js';
import { isPoor, matching } from './matching.js';
import type { Query } from './query.js';
import type { Asked, UpstreamTransport } from './transport.js';
import type { Upstreams } from './upstreams.js';

/** glibc waits 5 s before it asks the next server. We do not give the first one up meanwhile. */
const PATIENCE_MS = 1000;
const LAST_PATIENCE_MS = 5000;

export interface InquiryParts {
  readonly transport: UpstreamTransport;
  readonly random: Random;
  readonly upstreams: Upstreams;
  readonly deadlines: Deadlines<Inquiry>;
  /** What resolv.conf says, if it does. */
  readonly timeoutMs: number | undefined;
  readonly attempts: number | undefined;
  /** Once: the answer under the query's id, or undefined when no server has one. */
  over(inquiry: Inquiry, message: Uint8Array | undefined, now: number): void;
}

interface Pending {
  readonly attempt: Attempt;
  /** Only to see whether that server is back: nobody waits for it. */
  readonly isProbe: boolean;
  readonly id: number;
  readonly sentAt: number;
  asked?: Asked;
}

export class Inquiry implements Timed {
  readonly query: Query;
  readonly client: DnsClient;
  deadline = Infinity;
  wakeAt = Infinity;
  heapAt = -1;
  readonly #parts: InquiryParts;
  /** Still to be made. */
  #attempts: Attempt[];
  readonly #pending = new Set<Pending>();
  /** An error that a server gave, should no other do better. */
  #poorAnswer: Uint8Array | undefined;

  constructor(query: Query, client: DnsClient, parts: InquiryParts) {
    this.query = query;
    this.client = client;
    this.#parts = parts;
    this.#attempts = planAttempts(parts.upstreams.inOrder(), client.via, parts.attempts);
  }

  start(now: number): void {
    const rested = this.#parts.upstreams.takeRested(now);
    if (rested !== undefined) this.#ask({ upstream: rested, via: 'udp' }, now, true);
    this.#goOn(now);
  }

  onDeadline(now: number): void {
    for (const { attempt, sentAt } of this.#pending) {
      const { upstream, via } = attempt;
      if (via === 'udp') this.#parts.upstreams.missed(upstream, sentAt, now);
    }
    if (this.#attempts.length === 0) this.#end(now);
    else this.#goOn(now);
  }

  /** Nobody waits for it any more. */
  cancel(): void {
    this.#parts.deadlines.delete(this);
    for (const { asked } of this.#pending) asked?.cancel();
    this.#pending.clear();
  }

  /** Makes the next attempt that can be made, waits for those under way, or ends. */
  #goOn(now: number): void {
    const { deadlines } = this.#parts;
    let next = this.#nextAttempt();
    while (next !== undefined && !this.#ask(next, now, false)) next = this.#nextAttempt();
    const waiting = [...this.#pending].filter(({ isProbe }) => !isProbe);
    if (waiting.length === 0) {
      this.#end(now);
      return;
    }
    const latest = Math.max(...waiting.map(({ sentAt }) => sentAt));
    deadlines.set(this, latest + this.#patienceMs());
  }

  /** When there is an error to give, servers that are silent are not waited for. */
  #nextAttempt(): Attempt | undefined {
    const { upstreams } = this.#parts;
    if (this.#poorAnswer !== undefined) {
      this.#attempts = this.#attempts.filter(({ upstream }) => !upstreams.isSilent(upstream));
    }
    return this.#attempts.shift();
  }

  /** What the file says counts; else the last one gets as long as glibc gives every one. */
  #patienceMs(): number {
    const usual = this.#attempts.length === 0 ? LAST_PATIENCE_MS : PATIENCE_MS;
    return this.#parts.timeoutMs ?? usual;
  }

  #ask(attempt: Attempt, now: number, isProbe: boolean): boolean {
    const { transport, random } = this.#parts;
    const pending: Pending = { attempt, isProbe, id: random() & 0xffff, sentAt: now };
    const asked = transport.ask(attempt, withId(this.query.bytes, pending.id), {
      answered: (message, at) => this.#answered(pending, message, at),
      failed: (at) => this.#failed(pending, at),
    });
    if (asked === undefined) return false;
    pending.asked = asked;
    this.#pending.add(pending);
    return true;
  }

  #answered(pending: Pending, message: Uint8Array, now: number): void {
    if (!this.#pending.has(pending)) return;
    const { upstream, via } = pending.attempt;
    const answer = matching(this.query, pending.id, message);
    if (answer === undefined) {
      // By UDP it may be forged, and the true one still to come.
      if (via === 'tcp') this.#failed(pending, now);
      return;
    }
    this.#parts.upstreams.heard(upstream, now);
    const isCut = (answer.flags & dns.TRUNCATED) !== 0 && via !== this.client.via;
    if (!isCut && !isPoor(answer.rcode)) {
      this.#deliver(message, now);
      return;
    }
    if (!isCut) this.#poorAnswer = message;
    this.#drop(pending);
    this.#goOn(now);
  }

  #failed(pending: Pending, now: number): void {
    if (!this.#pending.has(pending)) return;
    const { upstream, via } = pending.attempt;
    if (via === 'udp') this.#parts.upstreams.unreachable(upstream, now);
    this.#drop(pending);
    this.#goOn(now);
  }

  /** This server will not do better if it is asked once more. */
  #drop(pending: Pending): void {
    pending.asked?.cancel();
    this.#pending.delete(pending);
    const { upstream, via } = pending.attempt;
    this.#attempts = this.#attempts.filter(
      (attempt) => attempt.upstream !== upstream || attempt.via !== via,
    );
  }

  #end(now: number): void {
    if (this.#poorAnswer !== undefined) {
      this.#deliver(this.#poorAnswer, now);
      return;
    }
    this.cancel();
    this.#parts.over(this, undefined, now);
  }

  #deliver(message: Uint8Array, now: number): void {
    this.cancel();
    this.#parts.over(this, withId(message, this.query.outline.id), now);
  }
}
