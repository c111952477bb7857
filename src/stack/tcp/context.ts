/** What all flows of a stack share: the tables, the link, the queues. It decides nothing. */
import { Deadlines, type Timed } from '../deadlines.js';
import type { Drops } from '../drops.js';
import type { ErrorReports } from '../error-reports.js';
import { FlowBudget } from '../flow-budget.js';
import { FlowTable, type TableEntry } from '../flow-table.js';
import type { FlowWatch } from '../flow-watch.js';
import type { TcpHost } from '../host.js';
import type { Outgoing } from '../outgoing.js';
import type { PathMtus } from '../path-mtus.js';
import type { Random } from '../random.js';
import type { StackSettings } from '../settings.js';
import { TokenBucket } from '../token-bucket.js';
import { TcpOptions } from '../../wire/index.js';
import { AddressPairs } from './address-pairs.js';
import { CHALLENGES_PER_SECOND, LINK_RETRY_MS, defaultLimits, type TcpLimits } from './limits.js';

export interface TcpParts {
  readonly outgoing: Outgoing;
  readonly host: TcpHost;
  readonly settings: StackSettings;
  readonly drops: Drops;
  readonly random: Random;
  readonly errors: ErrorReports;
  readonly pathMtus: PathMtus;
  readonly watch?: FlowWatch | undefined;
  readonly limits?: Partial<TcpLimits> | undefined;
  /** Over all protocols. */
  readonly budget?: FlowBudget | undefined;
}

/** What the context itself needs of a flow. */
export interface Member<F> extends TableEntry<F>, Timed {
  /** Waits for the next poll. */
  isQueued: boolean;
}

export class Context<F extends Member<F>> {
  readonly outgoing: Outgoing;
  readonly host: TcpHost;
  readonly settings: StackSettings;
  readonly drops: Drops;
  readonly random: Random;
  readonly errors: ErrorReports;
  readonly pathMtus: PathMtus;
  readonly watch: FlowWatch | undefined;
  readonly limits: TcpLimits;
  readonly budget: FlowBudget;
  readonly flows: FlowTable<F>;
  readonly pairs: AddressPairs;
  readonly deadlines = new Deadlines<F>();
  /** In the order of their coming: the oldest are given up first. */
  readonly pending = new Set<F>();
  readonly waiting = new Set<F>();
  /** Of the segment that is being handled. */
  readonly options = new TcpOptions();
  /** The time of what is being handled, in milliseconds: every way in sets it. */
  now = 0;
  /** Of all stashes and out-of-order queues. */
  heldBytes = 0;

  #queue: F[] = [];
  #spareQueue: F[] = [];
  #linkRetryAt = Infinity;
  readonly #challenges = new TokenBucket(CHALLENGES_PER_SECOND, CHALLENGES_PER_SECOND);

  constructor(parts: TcpParts) {
    this.outgoing = parts.outgoing;
    this.host = parts.host;
    this.settings = parts.settings;
    this.drops = parts.drops;
    this.random = parts.random;
    this.errors = parts.errors;
    this.pathMtus = parts.pathMtus;
    this.watch = parts.watch;
    this.limits = { ...defaultLimits, ...parts.limits };
    this.flows = new FlowTable(parts.random);
    this.budget = parts.budget ?? new FlowBudget();
    this.budget.count(this.flows);
    this.pairs = new AddressPairs(parts.random, parts.settings.mac);
  }

  /** Something of this flow waits for the next poll. */
  enqueue(flow: F): void {
    if (flow.isQueued) return;
    flow.isQueued = true;
    this.#queue.push(flow);
  }

  /** The link took no frame: the flow is looked at again a little later. */
  retryOnLink(flow: F): void {
    this.enqueue(flow);
    if (this.#linkRetryAt === Infinity) this.#linkRetryAt = this.now + LINK_RETRY_MS;
  }

  /** Every queued flow, once; those queued meanwhile come next time. */
  takeQueue(handle: (flow: F) => void): void {
    if (this.#linkRetryAt !== Infinity && this.#linkRetryAt > this.now) return;
    this.#linkRetryAt = Infinity;
    const flows = this.#queue;
    this.#queue = this.#spareQueue;
    for (const flow of flows) {
      flow.isQueued = false;
      handle(flow);
    }
    flows.length = 0;
    this.#spareQueue = flows;
  }

  nextDeadline(): number | undefined {
    if (this.#queue.length === 0) return this.deadlines.next();
    // Now, whatever the time is, unless the link was full.
    const queued = this.#linkRetryAt === Infinity ? 0 : this.#linkRetryAt;
    return Math.min(queued, this.deadlines.next() ?? Infinity);
  }

  /** RFC 5961 section 7: whether one more answer to a segment that does not fit may be sent. */
  mayChallenge(): boolean {
    return this.#challenges.take(this.now);
  }
}
