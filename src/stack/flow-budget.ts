/** How many flows a namespace may have, over all protocols, and how many may begin in a second. */
import { TokenBucket } from './token-bucket.js';

export interface FlowAllowance {
  readonly flows?: number | undefined;
  /** As many may begin at once, after a second in which none did. */
  readonly newFlowsPerSecond?: number | undefined;
}

export class FlowBudget {
  readonly #flows: number;
  readonly #rate: TokenBucket | undefined;
  readonly #tables: { readonly size: number }[] = [];

  constructor({ flows = Infinity, newFlowsPerSecond = Infinity }: FlowAllowance = {}) {
    this.#flows = flows;
    const isLimited = newFlowsPerSecond < Infinity;
    this.#rate = isLimited ? new TokenBucket(newFlowsPerSecond, newFlowsPerSecond) : undefined;
  }

  /** Its flows count from now on. */
  count(table: { readonly size: number }): void {
    this.#tables.push(table);
  }

  /** One more has room only in place of another. */
  get isSpent(): boolean {
    let size = 0;
    for (const table of this.#tables) size += table.size;
    return size >= this.#flows;
  }

  /** Whether one more may begin now; then it has begun. */
  takeNew(now: number): boolean {
    return this.#rate?.take(now) ?? true;
  }
}
