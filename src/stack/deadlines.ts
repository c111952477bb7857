/**
 * Which flow wants to be looked at next: a binary heap, updated lazily. A deadline that moves later,
 * as a retransmission timer does with every acknowledgment, costs one assignment; the heap learns of
 * it when the old time comes.
 */

/** What a flow carries for its timer. */
export interface Timed {
  /** When it wants to be looked at; Infinity: never. Changed by `set` alone. */
  deadline: number;
  /** The heap's: never after the deadline. Start it with Infinity. */
  wakeAt: number;
  /** The heap's: where it lies, -1: not in the heap. Start it with -1. */
  heapAt: number;
}

export class Deadlines<E extends Timed> {
  readonly #heap: E[] = [];

  set(entry: E, at: number): void {
    entry.deadline = at;
    if (entry.heapAt >= 0) {
      if (at >= entry.wakeAt) return;
      entry.wakeAt = at;
      this.#siftUp(entry, entry.heapAt);
    } else if (at !== Infinity) {
      entry.wakeAt = at;
      this.#siftUp(entry, this.#heap.length);
    }
  }

  /** Of a flow that has ended. */
  delete(entry: E): void {
    entry.deadline = Infinity;
    if (entry.heapAt >= 0) this.#remove(entry);
  }

  /** When to call `due` again; it may find nothing then. */
  next(): number | undefined {
    return this.#heap[0]?.wakeAt;
  }

  /** One whose deadline has passed, which has none any more; undefined: no more of them. */
  due(now: number): E | undefined {
    let first = this.#heap[0];
    while (first !== undefined && first.wakeAt <= now) {
      if (first.deadline <= now) {
        this.delete(first);
        return first;
      }
      if (first.deadline === Infinity) {
        this.#remove(first);
      } else {
        first.wakeAt = first.deadline;
        this.#siftDown(first, 0);
      }
      first = this.#heap[0];
    }
    return undefined;
  }

  #remove(entry: E): void {
    const at = entry.heapAt;
    const last = this.#heap.pop();
    entry.heapAt = -1;
    entry.wakeAt = Infinity;
    if (last === undefined || last === entry) return;
    this.#siftDown(last, at);
    this.#siftUp(last, last.heapAt);
  }

  #siftUp(entry: E, from: number): void {
    let at = from;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = this.#heap[parentAt];
      if (parent === undefined || parent.wakeAt <= entry.wakeAt) break;
      this.#put(parent, at);
      at = parentAt;
    }
    this.#put(entry, at);
  }

  #siftDown(entry: E, from: number): void {
    let at = from;
    while (true) {
      const left = this.#heap[2 * at + 1];
      const right = this.#heap[2 * at + 2];
      if (left === undefined) break;
      const child = right !== undefined && right.wakeAt < left.wakeAt ? right : left;
      if (entry.wakeAt <= child.wakeAt) break;
      const childAt = child.heapAt;
      this.#put(child, at);
      at = childAt;
    }
    this.#put(entry, at);
  }

  #put(entry: E, at: number): void {
    this.#heap[at] = entry;
    entry.heapAt = at;
  }
}
