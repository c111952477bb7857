/**
 * One direction of a relayed connection: what the source says is sent to the sink. The kernel's
 * buffers are the only ones but for what the sink did not take of the last piece, and while there
 * is such a rest nothing more is read: that is the backpressure.
 */
import { WOULD_BLOCK, endWriting, receive, send } from '../stream-calls.js';

/** What the directions of a relay that go the same way share. */
export interface Passage {
  /** For one piece at a time, so that one does for thousands of connections. */
  readonly buffer: Uint8Array;
  /** That were passed on. */
  bytes: number;
  /** That are held back. */
  restBytes: number;
}

/**
 * `waiting` for either socket; `more`: it could go on, but others have their turn first; `ended`:
 * the end of the stream has been passed on; `lost`: the source is gone; `refused`: the sink takes
 * nothing any more.
 */
export type Progress = 'waiting' | 'more' | 'ended' | 'lost' | 'refused';

/** Pieces in a row. */
const TURN = 16;

/** While this much is held back, pieces are small: thousands may stall at once. */
const MUCH_REST_BYTES = 32 * 1024 * 1024;
const SMALL_PIECE_BYTES = 4096;

export class Direction implements Disposable {
  readonly #source: number;
  readonly #sink: number;
  readonly #passage: Passage;
  #rest: Uint8Array | undefined;
  #progress: Progress = 'waiting';

  constructor(source: number, sink: number, passage: Passage) {
    this.#source = source;
    this.#sink = sink;
    this.#passage = passage;
  }

  get isBlocked(): boolean {
    return this.#rest !== undefined;
  }

  /** Nothing will pass any more. */
  get isSettled(): boolean {
    return this.#progress !== 'waiting' && this.#progress !== 'more';
  }

  get progress(): Progress {
    return this.#progress;
  }

  /** To be called when the source is ready, or, while blocked, the sink. */
  move(): Progress {
    if (!this.isSettled) this.#progress = this.#move();
    return this.#progress;
  }

  #move(): Progress {
    if (this.#rest !== undefined) {
      const rest = this.#rest;
      this.#rest = undefined;
      this.#passage.restBytes -= rest.length;
      const blocked = this.#pass(rest, rest.length);
      if (blocked !== undefined) return blocked;
    }
    const buffer = this.#piece();
    for (let turn = 0; turn < TURN; turn++) {
      const length = receive(this.#source, buffer);
      if (length === WOULD_BLOCK) return 'waiting';
      if (length < 0) return 'lost';
      if (length === 0) {
        endWriting(this.#sink);
        return 'ended';
      }
      const blocked = this.#pass(buffer, length);
      if (blocked !== undefined) return blocked;
    }
    return 'more';
  }

  #piece(): Uint8Array {
    const { buffer, restBytes } = this.#passage;
    return restBytes < MUCH_REST_BYTES ? buffer : buffer.subarray(0, SMALL_PIECE_BYTES);
  }

  /** What is held back goes with the connection. */
  [Symbol.dispose](): void {
    this.#passage.restBytes -= this.#rest?.length ?? 0;
    this.#rest = undefined;
  }

  /** Undefined when all went. */
  #pass(bytes: Uint8Array, length: number): Progress | undefined {
    const sent = send(this.#sink, bytes, length);
    if (sent < 0 && sent !== WOULD_BLOCK) return 'refused';
    const taken = Math.max(0, sent);
    this.#passage.bytes += taken;
    if (taken === length) return undefined;
    this.#rest = bytes.slice(taken, length);
    this.#passage.restBytes += this.#rest.length;
    return 'waiting';
  }
}
