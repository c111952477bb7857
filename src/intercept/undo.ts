/** What has been made so far, to be undone in the other order. */
export class Undo {
  readonly #steps: (() => void | Promise<void>)[] = [];

  add<T extends Disposable>(made: T): T {
    this.#steps.push(() => made[Symbol.dispose]());
    return made;
  }

  addStep(step: () => Promise<void>): void {
    this.#steps.push(step);
  }

  /** All of it, though a step may fail; then the first failure is thrown. */
  async all(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.#steps.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
