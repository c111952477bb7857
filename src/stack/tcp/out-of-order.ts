/**
 * Data of one flow that came before what lies in front of it: pieces in order, which do not overlap.
 * What is here already is kept, so nothing that was reported by SACK ever changes.
 */
import { SACK_BLOCKS_MAX } from '../../wire/index.js';
import { add, atMost, diff, earlier, later, lessThan, type Seq } from './seq.js';

/** What a piece costs beside its bytes: tiny ones must not be cheap, nor many to walk over. */
const PIECE_COST_BYTES = 1024;

interface Piece {
  readonly start: Seq;
  readonly end: Seq;
  readonly bytes: Uint8Array;
}

interface Block {
  readonly start: Seq;
  readonly end: Seq;
  /** The piece behind it. */
  readonly behind: number;
}

export class OutOfOrder {
  readonly #pieces: Piece[] = [];
  /** The data that came last: its block is reported first (RFC 2018 section 4). */
  #latest: Seq = 0;
  /** Bytes, and what the pieces cost beside. */
  cost = 0;

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  /** Keeps what is new of these bytes, as far as it fits in `room`; false: not all of it did. */
  insert(seq: Seq, bytes: Uint8Array, room: number): boolean {
    const end = add(seq, bytes.length);
    const limit = this.cost + room;
    this.#latest = seq;
    let at = this.#firstEndingAfter(seq);
    for (let from = seq; lessThan(from, end);) {
      const next = this.#pieces[at];
      const to = next === undefined ? end : earlier(end, next.start);
      if (lessThan(from, to)) {
        if (this.cost + diff(to, from) + PIECE_COST_BYTES > limit) return false;
        const piece = bytes.slice(diff(from, seq), diff(to, seq));
        this.#pieces.splice(at, 0, { start: from, end: to, bytes: piece });
        this.cost += piece.length + PIECE_COST_BYTES;
        at++;
      }
      if (next === undefined) break;
      from = later(to, next.end);
      at++;
    }
    return true;
  }

  /** Takes out the bytes that continue the stream at this number; undefined: there are none. */
  take(rcvNxt: Seq): Uint8Array | undefined {
    for (let piece = this.#pieces[0]; piece !== undefined; piece = this.#pieces[0]) {
      if (lessThan(rcvNxt, piece.start)) return undefined;
      this.#pieces.shift();
      this.cost -= piece.bytes.length + PIECE_COST_BYTES;
      // Else it came again in the meantime, in order.
      if (lessThan(rcvNxt, piece.end)) return piece.bytes.subarray(diff(rcvNxt, piece.start));
    }
    return undefined;
  }

  /** Writes the edges of up to four blocks for a SACK option; answers how many. */
  writeBlocks(edges: Int32Array): number {
    const latest = this.#blockAround(this.#firstEndingAfter(this.#latest));
    let blocks = 0;
    if (latest !== undefined) putBlock(edges, blocks++, latest);
    for (let at = 0; at < this.#pieces.length && blocks < SACK_BLOCKS_MAX;) {
      const block = this.#blockAround(at) as Block;
      if (block.start !== latest?.start) putBlock(edges, blocks++, block);
      at = block.behind;
    }
    return blocks;
  }

  /** The pieces that touch each other around one of them. */
  #blockAround(at: number): Block | undefined {
    const piece = this.#pieces[at];
    if (piece === undefined) return undefined;
    let { start, end } = piece;
    for (let before = at - 1; this.#pieces[before]?.end === start; before--) {
      start = (this.#pieces[before] as Piece).start;
    }
    let behind = at + 1;
    for (; this.#pieces[behind]?.start === end; behind++) {
      end = (this.#pieces[behind] as Piece).end;
    }
    return { start, end, behind };
  }

  #firstEndingAfter(seq: Seq): number {
    let low = 0;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const piece = this.#pieces[middle] as Piece;
      if (atMost(piece.end, seq)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function putBlock(edges: Int32Array, at: number, { start, end }: Block): void {
  edges[2 * at] = start;
  edges[2 * at + 1] = end;
}
