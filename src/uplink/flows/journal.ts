/**
 * Flows by their beginnings, decisions and ends. An entry is kept by its flow while that lives; the
 * last ones that ended are kept in a ring. Whoever listens hears of each as it happens.
 */
import type { EndReason, FlowEnds, FlowInfo, FlowWatch, WatchedFlow } from '../../stack/index.js';
import type { Decide, Decision } from '../decision.js';
import { refused } from '../refusals.js';
import { decisionText } from './decision-text.js';
import {
  entryOf,
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
  decided(entry: JournalEntry, flow: WatchedFlow): void;
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
  /** Of flows about which nothing is decided yet. */
  readonly #open = new Map<FlowEnds, JournalEntry>();
  readonly #listeners = new Set<JournalListener>();
  /** They are about to end. */
  readonly #rejected = new Set<JournalEntry>();
  readonly #ended: EndedFlow[] = [];
  #endedAt = 0;
  #lastId = 0;

  constructor(options: JournalOptions = {}) {
    this.#options = options;
  }

  began(flow: WatchedFlow): JournalEntry {
    const { nameOf } = this.#options;
    const isInbound = flow.direction === 'inbound';
    const entry: JournalEntry = {
      id: ++this.#lastId,
      name: isInbound ? undefined : nameOf?.(flow.ends.remoteAddress),
      began: sinceLoaded(this.#now()),
      decision: isInbound ? 'published' : 'not decided yet',
    };
    if (isInbound) this.#tell(entry, flow);
    else this.#open.set(flow.ends, entry);
    return entry;
  }

  ended(info: FlowInfo, why: EndReason): void {
    const entry = entryOf(info);
    this.#open.delete(info.ends);
    const end = this.#rejected.delete(entry) ? 'rejected' : why;
    const ended = { info, end, endedAt: this.#now() } as const;
    this.#ended[this.#endedAt] = ended;
    this.#endedAt = (this.#endedAt + 1) % ENDED_MAX;
    for (const listener of this.#listeners) listener.ended(ended);
  }

  /** The same decisions, noted as they are made. */
  noting(decide: Decide): Decide {
    return (request) => {
      const { protocol, ends } = request;
      const flow: WatchedFlow = { protocol, direction: 'outbound', ends };
      try {
        const decision = decide(request);
        if (!(decision instanceof Promise)) return this.#note(flow, decision);
        this.#waits(flow);
        return decision.then(
          (late) => this.#note(flow, late),
          () => this.#note(flow, failed),
        );
      } catch {
        return this.#note(flow, failed);
      }
    };
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

  #note(flow: WatchedFlow, decision: Decision): Decision {
    const entry = this.#open.get(flow.ends);
    // A flow that has been given up meanwhile is none any more.
    if (entry === undefined) return decision;
    this.#open.delete(flow.ends);
    entry.decision = decisionText(decision);
    if (decision.kind === 'refuse') this.#rejected.add(entry);
    this.#tell(entry, flow);
    return decision;
  }

  #waits(flow: WatchedFlow): void {
    const entry = this.#open.get(flow.ends);
    if (entry === undefined) return;
    entry.decision = 'waiting for a decision';
    this.#tell(entry, flow);
  }

  #tell(entry: JournalEntry, flow: WatchedFlow): void {
    for (const listener of this.#listeners) listener.decided(entry, flow);
  }
}

/** Policy reports its own errors; a flow about which it throws all the same is refused. */
const failed: Decision = {
  kind: 'refuse',
  refusal: refused,
  about: 'rejected: nothing was decided',
};
