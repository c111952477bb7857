/**
 * Following flows: those that are there, then each that starts or ends as it does, and once a second
 * what has changed of the others. Who reads slowly makes us keep no more than a number of events;
 * what was left out is said, and put right by the next look at the flows.
 */
import type { FlowInfo, WatchedFlow } from '../../stack/index.js';
import {
  recordOf,
  recordOfEnded,
  type EndedFlow,
  type FlowRecord,
  type JournalEntry,
} from './flow-record.js';
import type { FlowJournal, JournalListener } from './journal.js';

export type FlowEvent =
  | { readonly event: 'start' | 'change' | 'end'; readonly flow: FlowRecord }
  /** So many were left out, because they were not read in time. */
  | { readonly event: 'lost'; readonly count: number };

/** Events that wait to be read. */
const QUEUE_MAX = 1024;
/** Between two looks at what the flows have carried. */
const LOOK_MS = 1000;

export interface FollowParts {
  readonly journal: FlowJournal;
  /** Those that live, now. */
  readonly flows: () => Iterable<FlowRecord>;
  /** One of them aborted: there is nothing more to follow. */
  readonly signals: readonly AbortSignal[];
  readonly lookMs?: number | undefined;
  readonly queueMax?: number | undefined;
}

export async function* followFlows(parts: FollowParts): AsyncGenerator<FlowEvent, void> {
  const { journal, flows, signals, lookMs = LOOK_MS, queueMax } = parts;
  const queue = new EventQueue(queueMax);
  const told = new Map<number, FlowRecord>();
  using _listening = journal.listen(queue);
  yield* changes(told, flows(), journal);
  let lookAt = performance.now() + lookMs;
  while (!signals.some(({ aborted }) => aborted)) {
    for (let event = queue.take(); event !== undefined; event = queue.take()) {
      const news = asNews(event, told);
      if (news !== undefined) yield news;
    }
    // With the queue empty, so that what a look shows is never older than what was told.
    if (performance.now() >= lookAt) {
      yield* changes(told, flows(), journal);
      lookAt = performance.now() + lookMs;
    }
    await queue.wait(lookAt - performance.now(), signals);
  }
}

/** What a look at the flows shows that was not told. */
function* changes(
  told: Map<number, FlowRecord>,
  flows: Iterable<FlowRecord>,
  journal: FlowJournal,
): Generator<FlowEvent> {
  const now = [...flows];
  const live = new Set(now.map(({ id }) => id));
  const gone = [...told.values()].filter(({ id }) => !live.has(id));
  const past = gone.length === 0 ? [] : journal.past();
  for (const flow of gone) {
    told.delete(flow.id);
    yield { event: 'end', flow: past.find(({ id }) => id === flow.id) ?? flow };
  }
  for (const flow of now) {
    const before = told.get(flow.id);
    told.set(flow.id, flow);
    if (before === undefined) yield { event: 'start', flow };
    else if (isOther(before, flow)) yield { event: 'change', flow };
  }
}

/** A flow is said to start once, and what is told of it later is a change. */
function asNews(event: FlowEvent, told: Map<number, FlowRecord>): FlowEvent | undefined {
  if (event.event === 'lost') return event;
  const { flow } = event;
  const before = told.get(flow.id);
  if (event.event === 'end') told.delete(flow.id);
  else told.set(flow.id, flow);
  if (event.event === 'end' || before === undefined) return event;
  return before.decision === flow.decision ? undefined : { event: 'change', flow };
}

function isOther(one: FlowRecord, other: FlowRecord): boolean {
  return (
    one.state !== other.state ||
    one.decision !== other.decision ||
    one.sentBytes !== other.sentBytes ||
    one.receivedBytes !== other.receivedBytes
  );
}

class EventQueue implements JournalListener {
  readonly #max: number;
  readonly #events: FlowEvent[] = [];
  #lost = 0;
  #wake: () => void = () => undefined;

  constructor(max = QUEUE_MAX) {
    this.#max = max;
  }

  decided(entry: JournalEntry, flow: WatchedFlow): void {
    if (this.#hasRoom()) this.#add({ event: 'start', flow: recordOf(atFirst(entry, flow)) });
  }

  ended(ended: EndedFlow): void {
    if (this.#hasRoom()) this.#add({ event: 'end', flow: recordOfEnded(ended) });
  }

  /** The next event; after the last one how many there was no room for. */
  take(): FlowEvent | undefined {
    const event = this.#events.shift();
    if (event !== undefined || this.#lost === 0) return event;
    const count = this.#lost;
    this.#lost = 0;
    return { event: 'lost', count };
  }

  /** Until there is an event, so many milliseconds at most, or until a signal. */
  async wait(ms: number, signals: readonly AbortSignal[]): Promise<void> {
    if (this.#events.length > 0 || signals.some(({ aborted }) => aborted)) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, Math.max(0, ms)).unref();
      this.#wake = resolve;
      for (const signal of signals) signal.addEventListener('abort', this.#wake);
    });
    clearTimeout(timer);
    for (const signal of signals) signal.removeEventListener('abort', this.#wake);
  }

  #hasRoom(): boolean {
    if (this.#events.length < this.#max) return true;
    this.#lost++;
    return false;
  }

  #add(event: FlowEvent): void {
    this.#events.push(event);
    this.#wake();
  }
}

/** Nothing has been carried when it is decided. */
function atFirst(watched: JournalEntry, flow: WatchedFlow): FlowInfo {
  const { protocol, direction } = flow;
  const opening = direction === 'outbound' ? 'CONNECTING' : 'SYN-SENT';
  const state = protocol === 'tcp' ? opening : 'OPEN';
  return { ...flow, watched, state, bytesToHost: 0, bytesToNamespace: 0 };
}
