/**
 * Bytes of streams that are ours to keep, in chunks of one size: a flow holds as many as its bytes
 * need, and gives each back when it is through with it. An idle flow holds none.
 */
const CHUNK_BYTES = 65_536;
/** Chunks kept for the next flow that needs one. */
const SPARE_CHUNKS = 64;

export class ChunkPool {
  readonly #spare: Uint8Array[] = [];

  take(): Uint8Array {
    return this.#spare.pop() ?? new Uint8Array(new ArrayBuffer(CHUNK_BYTES));
  }

  give(chunk: Uint8Array): void {
    if (this.#spare.length < SPARE_CHUNKS) this.#spare.push(chunk);
  }
}

export class HeldBytes {
  readonly #pool: ChunkPool;
  readonly #mostBytes: number;
  readonly #chunks: Uint8Array[] = [];
  /** Where in the first chunk the first byte lies. */
  #start = 0;
  #length = 0;

  constructor(pool: ChunkPool, mostBytes: number) {
    this.#pool = pool;
    this.#mostBytes = mostBytes;
  }

  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#length >= this.#mostBytes;
  }

  /**
   * Lets `fill` write to free memory until it answers less than it was offered or all is full: its
   * last answer, a count, or 0 or less for none.
   */
  fill(fill: (bytes: Uint8Array, at: number, length: number) => number): number {
    let got = 0;
    while (!this.isFull) {
      const end = this.#start + this.#length;
      const at = end % CHUNK_BYTES;
      if (end === this.#chunks.length * CHUNK_BYTES) this.#chunks.push(this.#pool.take());
      const offered = CHUNK_BYTES - at;
      got = fill(this.#chunks.at(-1) as Uint8Array, at, offered);
      if (got > 0) this.#length += got;
      if (got < offered) break;
    }
    if (this.#length === 0) this.clear();
    return got;
  }

  /** Copies bytes from an offset; answers how many. */
  copy(offset: number, into: Uint8Array, at: number, length: number): number {
    const count = Math.min(length, this.#length - offset);
    let from = this.#start + offset;
    for (let done = 0; done < count;) {
      const chunk = this.#chunks[Math.floor(from / CHUNK_BYTES)] as Uint8Array;
      const inChunk = from % CHUNK_BYTES;
      const some = Math.min(count - done, CHUNK_BYTES - inChunk);
      into.set(chunk.subarray(inChunk, inChunk + some), at + done);
      done += some;
      from += some;
    }
    return count;
  }

  discard(length: number): void {
    this.#length -= length;
    this.#start += length;
    while (this.#start >= CHUNK_BYTES) {
      this.#pool.give(this.#chunks.shift() as Uint8Array);
      this.#start -= CHUNK_BYTES;
    }
    if (this.#length === 0) this.clear();
  }

  clear(): void {
    for (const chunk of this.#chunks.splice(0)) this.#pool.give(chunk);
    this.#start = 0;
    this.#length = 0;
  }
}
