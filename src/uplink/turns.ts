/** Turns of the loops in this process: one that is not alone takes short ones, so that nobody waits long. */

/** How long ago another loop's turn still counts: it is likely to have more to do. */
const RECENT_MS = 5;

export class Turns {
  #last: object | undefined;
  #at = -Infinity;

  /** Notes that this one's turn begins; answers whether another has had one of late. */
  begin(whose: object, now: number): boolean {
    const isAlone = this.#last === undefined || this.#last === whose;
    const isShared = !isAlone && now - this.#at < RECENT_MS;
    this.#last = whose;
    this.#at = now;
    return isShared;
  }
}

/** Of all uplinks. */
export const turns = new Turns();
