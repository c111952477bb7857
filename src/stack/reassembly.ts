/**
 * Fragments put together (RFC 791 section 3.2, RFC 8200 section 4.5). A packet whose fragments
 * overlap is given up, with those that are still to come (RFC 5722; the same for IPv4, where no
 * honest sender does it either); a fragment that came twice is not an overlap. What unfinished
 * packets take is bounded: the oldest goes first.
 */
import {
  ICMPV6_EXC_FRAGTIME,
  ICMPV6_TIME_EXCEED,
  ICMP_EXC_FRAGTIME,
  ICMP_TIME_EXCEEDED,
  dataViewOf,
  ethernet,
  isSame,
  virtioNet,
} from '../wire/index.js';
import { ByteRanges } from './byte-ranges.js';
import type { Clock } from './clock.js';
import { Deadlines, type Timed } from './deadlines.js';
import type { DropReason, Drops } from './drops.js';
import { endsOf } from './ends.js';
import type { ErrorReports } from './error-reports.js';
import { FlowTable, type TableEntry } from './flow-table.js';
import {
  HEADERS_MAX,
  LENGTH_MAX,
  firstOf,
  partOf,
  restoreHeaders,
  type First,
  type Part,
} from './fragment.js';
import type { FlowEnds } from './host.js';
import { Packet } from './packet.js';
import type { Random } from './random.js';

/** Linux's for IPv4; RFC 8200 section 4.5. */
const TIMEOUT_MS = { 4: 30_000, 6: 60_000 } as const;

const timeExceeded = {
  4: { type: ICMP_TIME_EXCEEDED, code: ICMP_EXC_FRAGTIME },
  6: { type: ICMPV6_TIME_EXCEED, code: ICMPV6_EXC_FRAGTIME },
} as const;

const INITIAL_CAPACITY = 4096;
/** What an entry takes beside its payload. */
const ENTRY_BYTES = 1024;

/** A packet of which parts are missing. */
class Unfinished implements TableEntry<Unfinished>, Timed {
  /** The addresses, and in place of ports what tells packets between them apart. */
  readonly ends: FlowEnds;
  hash = 0;
  nextInBucket: Unfinished | undefined;
  deadline = Infinity;
  wakeAt = Infinity;
  heapAt = -1;
  readonly ranges = new ByteRanges();
  payload = new Uint8Array(INITIAL_CAPACITY);
  /** Known from the last fragment on. */
  length: number | undefined;
  first: First | undefined;
  /** Given up: what still comes of it is dropped. */
  isDead = false;

  constructor(ends: FlowEnds) {
    this.ends = ends;
  }

  get size(): number {
    return ENTRY_BYTES + this.payload.length;
  }
}

interface Parts {
  readonly clock: Clock;
  readonly drops: Drops;
  readonly errors: ErrorReports;
  readonly random: Random;
}

export class Reassembly {
  readonly #clock: Clock;
  readonly #drops: Drops;
  readonly #errors: ErrorReports;
  readonly #limit: number;
  readonly #table: FlowTable<Unfinished>;
  readonly #deadlines = new Deadlines<Unfinished>();
  /** The whole packet, until the next one. */
  readonly #frame = new Uint8Array(virtioNet.size + ethernet.size + HEADERS_MAX + LENGTH_MAX);
  readonly #view = dataViewOf(this.#frame);
  #bytes = 0;

  constructor({ clock, drops, errors, random }: Parts, limitBytes: number) {
    this.#clock = clock;
    this.#drops = drops;
    this.#errors = errors;
    this.#limit = limitBytes;
    this.#table = new FlowTable(random);
  }

  /** What unfinished packets take. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Takes a fragment. `whole`: it was the last that was missing, and `packet` lies over all of it
   * now, until the next call.
   */
  add(packet: Packet): DropReason | 'whole' | 'incomplete' {
    const part = partOf(packet);
    if (part === undefined) return 'fragment: malformed';
    const entry = this.#table.find(packet, ...part.keys) ?? this.#begin(packet, part);
    if (entry.isDead) return 'fragment: overlap';
    const fault = this.#put(entry, packet, part);
    if (fault !== undefined) return fault;
    const { first, length } = entry;
    if (first === undefined || length === undefined || !entry.ranges.isWhole(length)) {
      return 'incomplete';
    }
    this.#delete(entry);
    return this.#finish(packet, first, entry.payload.subarray(0, length));
  }

  poll(now: number): void {
    for (;;) {
      const entry = this.#deadlines.due(now);
      if (entry === undefined) return;
      this.#delete(entry);
      if (entry.isDead) continue;
      this.#drops.add('fragment: timed out');
      if (entry.first) this.#report(entry, entry.first);
    }
  }

  nextDeadline(): number | undefined {
    return this.#deadlines.next();
  }

  #begin(packet: Packet, { keys }: Part): Unfinished {
    const entry = new Unfinished(endsOf(packet, ...keys));
    this.#makeRoom(entry.size);
    this.#bytes += entry.size;
    this.#table.add(entry);
    this.#deadlines.set(entry, this.#clock.now + TIMEOUT_MS[entry.ends.version]);
    return entry;
  }

  #makeRoom(bytes: number): void {
    while (this.#bytes + bytes > this.#limit) {
      const oldest = this.#deadlines.due(Infinity);
      if (oldest === undefined) return;
      oldest.isDead = true;
      this.#delete(oldest);
      this.#drops.add('fragment: too many');
    }
  }

  #put(entry: Unfinished, packet: Packet, part: Part): DropReason | undefined {
    const { offset, end, isLast } = part;
    const source = packet.bytes.subarray(packet.payloadAt, packet.end);
    const result = isBeyond(entry, part) ? 'overlap' : entry.ranges.add(offset, end);
    const isDuplicate = result === 'inside' && isSame(source, entry.payload.subarray(offset, end));
    if (isDuplicate) return undefined;
    if (result === 'too many') return this.#giveUp(entry, 'fragment: too many');
    if (result !== 'added') return this.#giveUp(entry, 'fragment: overlap');
    // Without room it has been counted as one too many.
    if (end > entry.payload.length && !this.#grow(entry, end)) return undefined;
    entry.payload.set(source, offset);
    if (isLast) entry.length = end;
    if (offset === 0) entry.first = firstOf(packet);
    return undefined;
  }

  /** False: it was the oldest itself, and had to go. */
  #grow(entry: Unfinished, needed: number): boolean {
    const capacity = Math.min(LENGTH_MAX, Math.max(needed, 2 * entry.payload.length));
    this.#makeRoom(capacity - entry.payload.length);
    if (entry.isDead) return false;
    const payload = new Uint8Array(capacity);
    payload.set(entry.payload);
    this.#bytes += capacity - entry.payload.length;
    entry.payload = payload;
    return true;
  }

  #giveUp(entry: Unfinished, reason: DropReason): DropReason {
    this.#bytes -= entry.payload.length;
    entry.payload = new Uint8Array(0);
    entry.isDead = true;
    return reason;
  }

  #delete(entry: Unfinished): void {
    this.#table.delete(entry);
    this.#deadlines.delete(entry);
    this.#bytes -= entry.size;
  }

  #finish(packet: Packet, first: First, payload: Uint8Array): DropReason | 'whole' {
    this.#putHeaders(first);
    const headers = restoreHeaders(this.#view, virtioNet.size, first, payload.length);
    if (headers === undefined) return 'fragment: malformed';
    const at = virtioNet.size + headers;
    this.#frame.set(payload, at);
    const fault = packet.read(this.#frame, this.#view, 0, at + payload.length);
    return fault ?? (packet.fragmentAt < 0 ? 'whole' : 'fragment: malformed');
  }

  #putHeaders({ headers }: First): void {
    this.#frame.fill(0, 0, virtioNet.size);
    this.#frame.set(headers, virtioNet.size);
  }

  /** Only if the first fragment has come (RFC 792, RFC 8200 section 4.5). */
  #report(entry: Unfinished, first: First): void {
    this.#putHeaders(first);
    const at = virtioNet.size + first.headers.length;
    this.#frame.set(entry.payload.subarray(0, first.length), at);
    const packet = new Packet();
    const fault = packet.read(this.#frame, this.#view, 0, at + first.length);
    if (fault === undefined) this.#errors.aboutPacket(packet, timeExceeded[entry.ends.version]);
  }
}

/** There is one end, and nothing behind it. */
function isBeyond({ length, ranges }: Unfinished, { end, isLast }: Part): boolean {
  if (length !== undefined) return end > length || (isLast && end !== length);
  return isLast && ranges.end > end;
}
