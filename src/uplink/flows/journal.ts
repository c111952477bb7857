/**
 * Flows by their beginnings, decisions and ends. Those that live are kept by their `ends` object, the
 * last ones that ended in a ring; whoever listens hears of each as it happens.
 */
import type { EndReason, FlowEnds, FlowInfo, FlowWatch, WatchedFlow } from '../../stack/index.js';
import type { Decide, Decision } from '../decision.js';
import { refused } from '../refusals.js';
import { decisionText } from './decision-text.js';
import {
  recordOf,
  recordOfEnded,
  sinceLoaded,
  type EndedFlow,
  type FlowRecord,
  type JournalEntry,
} from './flow-record.js';

/** Flows that have ended and are remembered. */
const ENDED_MAX = 256;

export interface JournalListener {
  /** What becomes of a flow. Of one that has to wait for that it is told twice. */
  decided(entry: JournalEntry): void;
  ended(ended: EndedFlow): void;
}

export interface JournalOptions {
  /** The name that led to an address. */
  readonly nameOf?: ((address: Uint8Array) => string | undefined) | undefined;
  /** In milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
}

export class FlowJournal implements FlowWatch {
  readonly #options: JournalOptions;
  readonly #entries = new Map<FlowEnds, JournalEntry>();
  readonly #listeners = new Set<JournalListener>();
  /** They are about to end. */
  readonly #rejected = new Set<JournalEntry>();
  readonly #ended: EndedFlow[] = [];
  #endedAt = 0;
  #lastId = 0;

  constructor(options: JournalOptions = {}) {
    this.#options = options;
  }

  began({ protocol, direction, ends }: WatchedFlow): void {
    const { nameOf } = this.#options;
    const isInbound = direction === 'inbound';
    const entry: JournalEntry = {
      id: ++this.#lastId,
      protocol,
      direction,
      ends,
      name: isInbound ? undefined : nameOf?.(ends.remoteAddress),
      began: sinceLoaded(this.#now()),
      decision: isInbound ? 'published' : 'not decided yet',
    };
    this.#entries.set(ends, entry);
    if (isInbound) this.#tell(entry);
  }

  ended(info: FlowInfo, why: EndReason): void {
    const entry = this.#entries.get(info.ends);
    if (entry === undefined) return;
    this.#entries.delete(info.ends);
    const end = this.#rejected.delete(entry) ? 'rejected' : why;
    const ended = { entry, info, end, endedAt: this.#now() } as const;
    this.#ended[this.#endedAt] = ended;
    this.#endedAt = (this.#endedAt + 1) % ENDED_MAX;
    for (const listener of this.#listeners) listener.ended(ended);
  }

  /** The same decisions, noted as they are made. */
  noting(decide: Decide): Decide {
    return (request) => {
      const { ends } = request;
      try {
        const decision = decide(request);
        if (!(decision instanceof Promise)) return this.#note(ends, decision);
        this.#waits(ends);
        return decision.then(
          (late) => this.#note(ends, late),
          () => this.#note(ends, failed),
        );
      } catch {
        return this.#note(ends, failed);
      }
    };
  }

  /** Of a flow that lives. */
  record(info: FlowInfo): FlowRecord | undefined {
    const entry = this.#entries.get(info.ends);
    return entry && recordOf(entry, info);
  }

  /** Those that live. */
  entries(): IterableIterator<JournalEntry> {
    return this.#entries.values();
  }

  /** The last ones that ended, the oldest first. */
  past(): FlowRecord[] {
    const inOrder = [...this.#ended.slice(this.#endedAt), ...this.#ended.slice(0, this.#endedAt)];
    return inOrder.map(recordOfEnded);
  }

  listen(listener: JournalListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }

  #note(ends: FlowEnds, decision: Decision): Decision {
    const entry = this.#entries.get(ends);
    // A flow that has been given up meanwhile is none any more.
    if (entry === undefined) return decision;
    entry.decision = decisionText(decision);
    if (decision.kind === 'refuse') this.#rejected.add(entry);
    this.#tell(entry);
    return decision;
  }

  #waits(ends: FlowEnds): void {
    const entry = this.#entries.get(ends);
    if (entry === undefined) return;
    entry.decision = 'waiting for a decision';
    this.#tell(entry);
  }

  #tell(entry: JournalEntry): void {
    for (const listener of this.#listeners) listener.decided(entry);
  }
}

/** Policy reports its own errors; a flow about which it throws all the same is refused. */
const failed: Decision = {
  kind: 'refuse',
  refusal: refused,
  about: 'rejected: nothing was decided',
};
