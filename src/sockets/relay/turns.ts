/** What could go on at once, but lets everybody else have a turn first. */
export class Turns {
  #waiting: (() => void)[] = [];

  add(work: () => void): void {
    this.#waiting.push(work);
    if (this.#waiting.length > 1) return;
    setImmediate(() => {
      const now = this.#waiting;
      this.#waiting = [];
      for (const turn of now) turn();
    });
  }
}
