/**
 * What a piece of a stream is in between its two sockets, for one piece at a time: so one serves
 * thousands of connections.
 */
import { kernel, tryCall } from '../../native/index.js';
import { WOULD_BLOCK, receive, send } from '../stream-calls.js';

export interface Pieces {
  /** Takes at most `most` bytes: how many; 0 at the end of the stream; a negative errno. */
  take(source: number, most: number): number;
  /** Passes the piece of that length on: how much of it was taken, or a negative errno. */
  pass(sink: number, length: number): number;
  /** What nobody took of the last piece: its last bytes. */
  rest(length: number, of: number): Uint8Array;
}

/** In a buffer of ours: two copies. */
export class CopiedPieces implements Pieces {
  readonly #buffer: Uint8Array;

  constructor(bytes: number) {
    this.#buffer = new Uint8Array(bytes);
  }

  take(source: number, most: number): number {
    const all = this.#buffer;
    return receive(source, most < all.length ? all.subarray(0, most) : all);
  }

  pass(sink: number, length: number): number {
    return send(sink, this.#buffer, length);
  }

  rest(length: number, of: number): Uint8Array {
    return this.#buffer.slice(of - length, of);
  }
}

const FLAGS = kernel.SPLICE_F_MOVE | kernel.SPLICE_F_NONBLOCK;

/** In a pipe: splice(2) moves the kernel's own pages, and no byte is copied here. */
export class SplicedPieces implements Pieces, Disposable {
  readonly #out: number;
  readonly #in: number;

  private constructor([out, into]: readonly [number, number]) {
    this.#out = out;
    this.#in = into;
  }

  /** Undefined when descriptors are short. */
  static open(bytes: number): SplicedPieces | undefined {
    const ends = new Int32Array(2);
    if (tryCall('pipe2', ends, kernel.O_NONBLOCK | kernel.O_CLOEXEC) < 0) return undefined;
    const [out, into] = ends as unknown as [number, number];
    // Beyond what a user may have in pipes it stays as it is, and pieces are smaller: pipe(7).
    tryCall('fcntl', into, kernel.F_SETPIPE_SZ, bytes);
    return new SplicedPieces([out, into]);
  }

  take(source: number, most: number): number {
    return tryCall('splice', source, 0, this.#in, 0, most, FLAGS);
  }

  pass(sink: number, length: number): number {
    let taken = 0;
    while (taken < length) {
      const moved = tryCall('splice', this.#out, 0, sink, 0, length - taken, FLAGS);
      if (moved === WOULD_BLOCK) break;
      if (moved < 0) {
        this.rest(length - taken);
        return moved;
      }
      taken += moved;
    }
    return taken;
  }

  /** The pipe is empty again. */
  rest(length: number): Uint8Array {
    const rest = new Uint8Array(length);
    for (let at = 0; at < length;) {
      at += Math.max(1, tryCall('read', this.#out, rest.subarray(at), length - at));
    }
    return rest;
  }

  [Symbol.dispose](): void {
    tryCall('close', this.#out);
    tryCall('close', this.#in);
  }
}
