/**
 * Bytes of a stream that are ours to keep: in chunks that come from a pool and go back to it, but a
 * little at a time in memory of just its size, so that a quiet flow holds next to nothing.
 */
const CHUNK_BYTES = 65_536;
/** Chunks kept for the next flow that needs one. */
const SPARE_CHUNKS = 64;
/** So much is little. */
const LITTLE_BYTES = 4096;
/** No more pieces of little bytes than this, because whoever looks for a byte walks along them. */
const LITTLE_PIECES = 16;

export class ChunkPool {
  readonly #spare: Uint8Array[] = [];

  take(): Uint8Array {
    return this.#spare.pop() ?? new Uint8Array(CHUNK_BYTES);
  }

  /** Of any piece; only whole chunks are kept. */
  give(piece: Uint8Array): void {
    const isChunk = piece.length === CHUNK_BYTES;
    if (isChunk && this.#spare.length < SPARE_CHUNKS) this.#spare.push(piece);
  }
}

/** Writes to free memory; answers a count, or 0 or less for none. */
export type Fill = (bytes: Uint8Array, at: number, length: number) => number;

export class HeldBytes {
  readonly #pool: ChunkPool;
  readonly #mostBytes: number;
  readonly #pieces: Uint8Array[] = [];
  /** Where in the first piece the first byte lies, and where in the last one free memory begins. */
  #start = 0;
  #end = 0;
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

  /** Fills until there is less than was asked for, or all is full; the last answer. */
  fill(fill: Fill): number {
    let got = 0;
    while (!this.isFull) {
      const last = this.#pieces.at(-1);
      const room = last === undefined ? 0 : last.length - this.#end;
      const wanted = room > 0 ? room : CHUNK_BYTES;
      got = room > 0 && last ? this.#append(last, fill) : this.#add(fill);
      if (got < wanted) break;
    }
    return got;
  }

  /** Copies bytes from an offset; answers how many. */
  copy(offset: number, into: Uint8Array, at: number, length: number): number {
    const count = Math.min(length, this.#length - offset);
    let from = this.#start + offset;
    let done = 0;
    for (const piece of this.#pieces) {
      if (done === count) break;
      if (from >= piece.length) {
        from -= piece.length;
        continue;
      }
      const some = Math.min(count - done, piece.length - from);
      into.set(piece.subarray(from, from + some), at + done);
      done += some;
      from = 0;
    }
    return count;
  }

  discard(length: number): void {
    this.#length -= length;
    if (this.#length === 0) {
      this.clear();
      return;
    }
    this.#start += length;
    let gone = 0;
    for (const piece of this.#pieces) {
      if (this.#start < piece.length) break;
      this.#start -= piece.length;
      this.#pool.give(piece);
      gone++;
    }
    this.#pieces.splice(0, gone);
  }

  clear(): void {
    for (const piece of this.#pieces.splice(0)) this.#pool.give(piece);
    this.#start = 0;
    this.#end = 0;
    this.#length = 0;
  }

  #append(last: Uint8Array, fill: Fill): number {
    const got = fill(last, this.#end, last.length - this.#end);
    if (got > 0) this.#note(got);
    return got;
  }

  #add(fill: Fill): number {
    const chunk = this.#pool.take();
    const got = fill(chunk, 0, CHUNK_BYTES);
    const isLittle = got <= LITTLE_BYTES && this.#pieces.length < LITTLE_PIECES;
    if (isLittle) this.#pool.give(chunk);
    if (got <= 0) return got;
    this.#pieces.push(isLittle ? chunk.slice(0, got) : chunk);
    this.#end = 0;
    this.#note(got);
    return got;
  }

  #note(got: number): void {
    this.#end += got;
    this.#length += got;
  }
}
