/**
 * What the namespace has of that which it has not acknowledged: its SACK blocks, merged (RFC 6675
 * section 3). Kept only while something is missing.
 */
import { atMost, diff, earlier, later, lessThan, type Seq } from './seq.js';

/** More holes than that: the rest is sent again in order, without skipping what is there. */
const RANGES_MAX = 64;

interface Range {
  start: Seq;
  end: Seq;
}

export class Scoreboard {
  readonly #ranges: Range[] = [];
  /** How much was reported. */
  bytes = 0;
  /** Behind the last that was reported. */
  end: Seq = 0;

  /** A block; true: it said something new. */
  add(start: Seq, end: Seq): boolean {
    let from = 0;
    while (from < this.#ranges.length && lessThan(this.#at(from).end, start)) from++;
    let to = from;
    let [first, last] = [start, end];
    let covered = 0;
    while (to < this.#ranges.length && atMost(this.#at(to).start, end)) {
      const range = this.#at(to);
      first = earlier(first, range.start);
      last = later(last, range.end);
      covered += diff(range.end, range.start);
      to++;
    }
    const isNew = diff(last, first) > covered;
    if (!isNew || (from === to && this.#ranges.length >= RANGES_MAX)) return false;
    this.#ranges.splice(from, to - from, { start: first, end: last });
    this.bytes += diff(last, first) - covered;
    this.end = this.#at(this.#ranges.length - 1).end;
    return true;
  }

  /** Everything before this is acknowledged. */
  advance(sndUna: Seq): void {
    for (let first = this.#ranges[0]; first !== undefined; first = this.#ranges[0]) {
      if (lessThan(sndUna, first.start)) return;
      const gone = diff(earlier(first.end, sndUna), first.start);
      this.bytes -= gone;
      if (lessThan(sndUna, first.end)) {
        first.start = sndUna;
        return;
      }
      this.#ranges.shift();
    }
  }

  /** Where the first hole at or behind this number begins: what is lost. */
  holeFrom(seq: Seq): Seq {
    let hole = seq;
    for (const { start, end } of this.#ranges) {
      if (lessThan(hole, start)) break;
      hole = later(hole, end);
    }
    return hole;
  }

  /** Where it ends: 0 or less bytes when nothing behind it was reported, so it may be on its way. */
  holeLength(hole: Seq): number {
    for (const { start } of this.#ranges) if (lessThan(hole, start)) return diff(start, hole);
    return 0;
  }

  #at(index: number): Range {
    return this.#ranges[index] as Range;
  }
}
