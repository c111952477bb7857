/** Which parts of something are there: ranges that neither overlap nor touch, in order. */

/** More gaps than an honest sender leaves; each costs time to look through. */
const RANGES_MAX = 64;

export class ByteRanges {
  /** Start, end, start, end, ... */
  readonly #edges: number[] = [];

  /** Where the last range ends. */
  get end(): number {
    return this.#edges.at(-1) ?? 0;
  }

  /** Whether all is there, from 0 on. */
  isWhole(length: number): boolean {
    return this.#edges.length === 2 && this.#edges[0] === 0 && this.#edges[1] === length;
  }

  /**
   * Adds a range that is not there. `inside`: all of it was there already; `overlap`: a part of it
   * was, and nothing is added; `too many`: there would be too many gaps.
   */
  add(start: number, end: number): 'added' | 'inside' | 'overlap' | 'too many' {
    const at = this.#gapBefore(end);
    const before = this.#edge(at - 1);
    if (before <= start) return this.#fill(at, start, end);
    return this.#edge(at - 2) <= start && before >= end ? 'inside' : 'overlap';
  }

  /** Where the ranges begin that lie behind this place. Most parts come in order, so from the end. */
  #gapBefore(end: number): number {
    let at = this.#edges.length;
    while (at > 0 && this.#edge(at - 2) >= end) at -= 2;
    return at;
  }

  #fill(at: number, start: number, end: number): 'added' | 'too many' {
    const edges = this.#edges;
    const touchesBefore = this.#edge(at - 1) === start;
    const touchesAfter = this.#edge(at) === end;
    if (touchesBefore && touchesAfter) edges.splice(at - 1, 2);
    else if (touchesBefore) edges[at - 1] = end;
    else if (touchesAfter) edges[at] = start;
    else if (edges.length >= 2 * RANGES_MAX) return 'too many';
    else edges.splice(at, 0, start, end);
    return 'added';
  }

  #edge(at: number): number {
    return this.#edges[at] ?? -1;
  }
}
