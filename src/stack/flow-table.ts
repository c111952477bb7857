/**
 * Flows by their two ends, found from a packet without allocating anything. A hash table with
 * chains; the hash is keyed by chance, so that nobody inside can choose ports that all end up in one
 * chain.
 */
import type { FlowEnds } from './host.js';
import type { Packet } from './packet.js';
import type { Random } from './random.js';

/** What a flow carries for the table. */
export interface TableEntry<E> {
  readonly ends: FlowEnds;
  /** The table's: start it with 0. */
  hash: number;
  /** The table's: start it with undefined. */
  nextInBucket: E | undefined;
}

/** Words of the longest key: two IPv6 addresses and the ports. */
const KEY_WORDS = 9;
const BUCKETS_MIN = 64;

export class FlowTable<E extends TableEntry<E>> {
  readonly #key = new Int32Array(KEY_WORDS);
  readonly #seed0: number;
  readonly #seed1: number;
  #buckets: (E | undefined)[] = emptyBuckets(BUCKETS_MIN);
  #size = 0;

  constructor(random: Random) {
    this.#seed0 = random() | 0;
    this.#seed1 = random() | 0;
  }

  get size(): number {
    return this.#size;
  }

  /** The flow of a packet from the namespace; its ports, because every transport keeps them itself. */
  find(packet: Packet, namespacePort: number, remotePort: number): E | undefined {
    const hash = this.#hash(this.#keyOfPacket(packet, namespacePort, remotePort));
    let entry = this.#buckets[hash & (this.#buckets.length - 1)];
    while (entry !== undefined) {
      if (entry.hash === hash && isBetween(entry.ends, packet, namespacePort, remotePort)) break;
      entry = entry.nextInBucket;
    }
    return entry;
  }

  get(ends: FlowEnds): E | undefined {
    const hash = this.#hash(this.#keyOfEnds(ends));
    let entry = this.#buckets[hash & (this.#buckets.length - 1)];
    while (entry !== undefined) {
      if (entry.hash === hash && isSame(entry.ends, ends)) break;
      entry = entry.nextInBucket;
    }
    return entry;
  }

  /** There must be none with the same ends. */
  add(entry: E): void {
    entry.hash = this.#hash(this.#keyOfEnds(entry.ends));
    this.#size++;
    if (this.#size > this.#buckets.length) this.#resize(2 * this.#buckets.length);
    this.#link(entry);
  }

  /** Harmless when it is not there. */
  delete(entry: E): void {
    const bucket = entry.hash & (this.#buckets.length - 1);
    let before: E | undefined;
    let at = this.#buckets[bucket];
    while (at !== undefined && at !== entry) {
      before = at;
      at = at.nextInBucket;
    }
    if (at === undefined) return;
    if (before === undefined) this.#buckets[bucket] = entry.nextInBucket;
    else before.nextInBucket = entry.nextInBucket;
    entry.nextInBucket = undefined;
    this.#size--;
    // Far emptier than when it grew: a burst of flows should not be paid for ever after.
    const isSparse = this.#buckets.length > BUCKETS_MIN && 8 * this.#size < this.#buckets.length;
    if (isSparse) this.#resize(this.#buckets.length / 2);
  }

  /** What is added or deleted meanwhile may or may not be among them. */
  *[Symbol.iterator](): IterableIterator<E> {
    for (const first of this.#buckets) {
      for (let entry = first; entry !== undefined;) {
        const next: E | undefined = entry.nextInBucket;
        yield entry;
        entry = next;
      }
    }
  }

  #link(entry: E): void {
    const bucket = entry.hash & (this.#buckets.length - 1);
    entry.nextInBucket = this.#buckets[bucket];
    this.#buckets[bucket] = entry;
  }

  #resize(length: number): void {
    const entries = [...this];
    this.#buckets = emptyBuckets(length);
    for (const entry of entries) this.#link(entry);
  }

  /** Both write the key and answer how many words it has. */
  #keyOfPacket(packet: Packet, namespacePort: number, remotePort: number): number {
    const { view, sourceAt } = packet;
    // The destination stands behind the source, in both versions.
    const words = packet.addressLength >> 1;
    for (let i = 0; i < words; i++) this.#key[i] = view.getInt32(sourceAt + 4 * i);
    this.#key[words] = (namespacePort << 16) | remotePort;
    return words + 1;
  }

  #keyOfEnds(ends: FlowEnds): number {
    const half = ends.namespaceAddress.length >> 2;
    for (let i = 0; i < half; i++) {
      this.#key[i] = wordAt(ends.namespaceAddress, 4 * i);
      this.#key[half + i] = wordAt(ends.remoteAddress, 4 * i);
    }
    this.#key[2 * half] = (ends.namespacePort << 16) | ends.remotePort;
    return 2 * half + 1;
  }

  /** HalfSipHash-1-3 (Aumasson, Bernstein) of the key's words, as the kernel's tables use it. */
  #hash(words: number): number {
    let v0 = this.#seed0;
    let v1 = this.#seed1;
    let v2 = this.#seed0 ^ 0x6c796765;
    let v3 = this.#seed1 ^ 0x74656462;
    // One round a word, one for the length, three to finish, in one body.
    for (let i = 0; i < words + 4; i++) {
      const word = i < words ? (this.#key[i] ?? 0) : i === words ? words << 26 : 0;
      if (i === words + 1) v2 ^= 0xff;
      v3 ^= word;
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= word;
    }
    return v1 ^ v3;
  }
}

function emptyBuckets<E>(length: number): (E | undefined)[] {
  return new Array<E | undefined>(length).fill(undefined);
}

function wordAt(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  return (a << 24) | (b << 16) | (c << 8) | d;
}

function isBetween(
  ends: FlowEnds,
  packet: Packet,
  namespacePort: number,
  remotePort: number,
): boolean {
  if (ends.namespacePort !== namespacePort || ends.remotePort !== remotePort) return false;
  const { bytes, sourceAt, destinationAt, addressLength } = packet;
  const { namespaceAddress, remoteAddress } = ends;
  if (namespaceAddress.length !== addressLength) return false;
  for (let i = 0; i < addressLength; i++) {
    if (namespaceAddress[i] !== bytes[sourceAt + i]) return false;
    if (remoteAddress[i] !== bytes[destinationAt + i]) return false;
  }
  return true;
}

function isSame(one: FlowEnds, other: FlowEnds): boolean {
  return (
    one.namespacePort === other.namespacePort &&
    one.remotePort === other.remotePort &&
    one.version === other.version &&
    one.namespaceAddress.every((byte, i) => byte === other.namespaceAddress[i]) &&
    one.remoteAddress.every((byte, i) => byte === other.remoteAddress[i])
  );
}
