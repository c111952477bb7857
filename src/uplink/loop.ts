/**
 * The loop of an uplink: events of all its descriptors in batches, and one timer for all deadlines.
 * It runs inside Node's own loop and gives it back after a few milliseconds, however much there is
 * to do.
 */
import { Epoll, callError } from '../native/index.js';
import { DescriptorShare } from './descriptor-share.js';
import { turns } from './turns.js';

/** Who is told about a descriptor: its events, EPOLL*. */
export interface Ready {
  ready(events: number, now: number): void;
}

/** What is done with time: the stack. */
export interface Timed {
  /** Also after each batch of events. */
  poll(now: number): void;
  /** In milliseconds of the loop's clock. */
  nextDeadline(): number | undefined;
}

/** How long the loop goes on taking batches before Node's own loop has its turn. */
const TURN_MS = 2;
/** The same where other uplinks have something to do too. */
const SHARED_TURN_MS = 0.25;

/** Node keeps no timer longer than this. */
const TIMER_MAX_MS = 0x7fff_ffff;

export class Loop implements Disposable {
  readonly #epoll = new Epoll((count) => this.#turn(count));
  readonly #share: DescriptorShare;
  readonly #targets: (Ready | undefined)[] = [];
  readonly #free: number[] = [];
  /** Tags given back during this batch: an event that is still to come may mean their last owner. */
  readonly #left: number[] = [];
  #timed: Timed | undefined;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #timerAt = Infinity;
  #isRunning = false;
  #isShared = false;
  #isClosed = false;

  /** What is watched counts as taken of the share. */
  constructor(share = new DescriptorShare()) {
    this.#share = share;
  }

  /** Whether other uplinks of this process wait for their turns. */
  get isShared(): boolean {
    return this.#isShared;
  }

  /** How many more descriptors its owner may open; less than one: none. */
  get room(): number {
    return this.#share.room;
  }

  /** Milliseconds that never go back. */
  now(): number {
    return performance.now();
  }

  /** Keeps the process alive, or (`unref`) does not. */
  ref(): void {
    this.#epoll.ref();
  }

  unref(): void {
    this.#epoll.unref();
  }

  /** Deadlines are this one's from now on. */
  setTimed(timed: Timed): void {
    this.#timed = timed;
    this.#arm();
  }

  /** To be called when something from outside a batch may have set a deadline. */
  rearm(): void {
    if (!this.#isRunning) this.#arm();
  }

  /** Watches; answers the tag. Throws SyscallError, ENOSPC or ENOMEM. */
  add(fd: number, target: Ready, events: number): number {
    const tag = this.#free.pop() ?? this.#targets.length;
    this.#targets[tag] = target;
    const answer = this.#epoll.add(fd, tag, events);
    if (answer === 0) {
      this.#share.take();
      return tag;
    }
    this.#targets[tag] = undefined;
    this.#free.push(tag);
    throw callError({ step: 'watch a socket' }, 'epoll_ctl', answer);
  }

  /** The same descriptor has another owner from now on. */
  handOver(tag: number, target: Ready): void {
    this.#targets[tag] = target;
  }

  /** Asks anew: an edge that has passed is told again. */
  modify(fd: number, tag: number, events: number): void {
    this.#epoll.modify(fd, tag, events);
  }

  /** Stops watching. Before the fd is closed. */
  remove(fd: number, tag: number): void {
    if (this.#isClosed) return;
    this.#epoll.delete(fd);
    this.#share.give();
    this.#targets[tag] = undefined;
    (this.#isRunning ? this.#left : this.#free).push(tag);
  }

  /** Everybody who is watched. */
  *targets(): Generator<Ready> {
    for (const target of this.#targets) if (target !== undefined) yield target;
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#share[Symbol.dispose]();
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#timer = undefined;
    this.#epoll[Symbol.dispose]();
  }

  #turn(first: number): void {
    let now = this.now();
    this.#isShared = turns.begin(this, now);
    const until = now + (this.#isShared ? SHARED_TURN_MS : TURN_MS);
    for (let count = first; count > 0 || this.#isDue(now); count = this.#epoll.again()) {
      this.#batch(count, now);
      if (this.#isClosed) return;
      this.#timed?.poll(now);
      now = this.now();
      if (now >= until) break;
    }
    this.#arm();
  }

  #batch(count: number, now: number): void {
    const { pairs } = this.#epoll;
    this.#isRunning = true;
    try {
      for (let i = 0; i < count; i++) {
        this.#targets[pairs[2 * i] ?? -1]?.ready(pairs[2 * i + 1] ?? 0, now);
      }
    } finally {
      this.#isRunning = false;
      for (let tag = this.#left.pop(); tag !== undefined; tag = this.#left.pop()) {
        this.#free.push(tag);
      }
    }
  }

  #isDue(now: number): boolean {
    return (this.#timed?.nextDeadline() ?? Infinity) <= now;
  }

  /** A timer that is early costs less than one set anew each time: it only looks again. */
  #arm(): void {
    const deadline = this.#timed?.nextDeadline() ?? Infinity;
    if (this.#isClosed || deadline >= this.#timerAt) return;
    if (deadline <= this.now()) {
      this.#goOn();
      return;
    }
    clearTimeout(this.#timer);
    this.#timerAt = deadline;
    const waitMs = Math.min(TIMER_MAX_MS, Math.max(0, Math.ceil(deadline - this.now())));
    this.#timer = setTimeout(() => {
      this.#timerAt = Infinity;
      this.#timed?.poll(this.now());
      this.#arm();
    }, waitMs);
    this.#timer.unref();
  }

  /** As soon as Node's own loop has had its turn: a timer would come a millisecond later. */
  #goOn(): void {
    this.#immediate ??= setImmediate(() => {
      this.#immediate = undefined;
      if (!this.#isClosed) this.#turn(0);
    });
    this.#immediate.unref();
  }
}
