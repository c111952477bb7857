/** Which branches have run how often, over all runs, and whether the last run did something new. */

/** Once, twice, ... often: more of the same is nothing new. */
const BUCKETS = [0, 1, 2, 3, 4, 8, 16, 32, 128];

export class Coverage {
  readonly counters: Uint32Array;
  /** For each counter, which buckets have been seen; a bit each. */
  readonly #seen: Uint16Array;

  constructor(count: number) {
    this.counters = new Uint32Array(count);
    this.#seen = new Uint16Array(count);
  }

  /** Branches that have run at all. */
  get reached(): number {
    return this.#seen.reduce((sum, seen) => sum + (seen === 0 ? 0 : 1), 0);
  }

  /** To be called after each run; the counters begin anew. */
  isNew(): boolean {
    let isNew = false;
    for (let i = 0; i < this.counters.length; i++) {
      const count = this.counters[i] ?? 0;
      if (count === 0) continue;
      const bit = 1 << BUCKETS.findLastIndex((least) => count >= least);
      const seen = this.#seen[i] ?? 0;
      if ((seen & bit) === 0) {
        this.#seen[i] = seen | bit;
        isNew = true;
      }
    }
    this.counters.fill(0);
    return isNew;
  }
}
