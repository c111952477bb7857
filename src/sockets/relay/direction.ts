/**
 * One direction of a relayed connection: what the source says is sent to the sink. The kernel's
 * buffers are the only ones but for what the sink did not take of the last piece, and while there
 * is such a rest nothing more is read: that is the backpressure.
 */
import { WOULD_BLOCK, endWriting, send } from '../stream-calls.js';
import type { Pieces } from './pieces.js';

/** What the directions of a relay that go the same way share. */
export interface Passage {
  readonly pieces: () => Pieces;
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
/** Large enough that the copying costs more than the calls (measured). */
export const PIECE_BYTES = 256 * 1024;

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
    const blocked = this.#passRest();
    if (blocked !== undefined) return blocked;
    const { pieces: find, restBytes } = this.#passage;
    const pieces = find();
    const most = restBytes < MUCH_REST_BYTES ? PIECE_BYTES : SMALL_PIECE_BYTES;
    for (let turn = 0; turn < TURN; turn++) {
      const length = pieces.take(this.#source, most);
      if (length === WOULD_BLOCK) return 'waiting';
      if (length < 0) return 'lost';
      if (length === 0) {
        endWriting(this.#sink);
        return 'ended';
      }
      const taken = this.#count(pieces.pass(this.#sink, length));
      if (taken === undefined) return 'refused';
      if (taken < length) return this.#hold(pieces.rest(length - taken, length));
    }
    return 'more';
  }

  /** What is held back goes with the connection. */
  [Symbol.dispose](): void {
    this.#passage.restBytes -= this.#rest?.length ?? 0;
    this.#rest = undefined;
  }

  /** Undefined when all went. */
  #passRest(): Progress | undefined {
    const rest = this.#rest;
    if (rest === undefined) return undefined;
    this[Symbol.dispose]();
    const taken = this.#count(send(this.#sink, rest, rest.length));
    if (taken === undefined) return 'refused';
    return taken < rest.length ? this.#hold(rest.slice(taken)) : undefined;
  }

  /** How many bytes the sink took; undefined when it takes none any more. */
  #count(answer: number): number | undefined {
    if (answer < 0 && answer !== WOULD_BLOCK) return undefined;
    const taken = Math.max(0, answer);
    this.#passage.bytes += taken;
    return taken;
  }

  #hold(rest: Uint8Array): Progress {
    this.#rest = rest;
    this.#passage.restBytes += rest.length;
    return 'waiting';
  }
}
