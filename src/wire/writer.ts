/** A buffer that grows as it is written to. */
export class Writer {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  /** Over all that has been written and reserved, until the next reservation. */
  get view(): DataView {
    return this.#view;
  }

  /** Room for this many zero bytes at the end; answers where they begin. */
  reserve(size: number): number {
    const at = this.#length;
    if (at + size > this.#bytes.length) this.#grow(at + size);
    this.#length = at + size;
    return at;
  }

  append(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Zero bytes up to the next multiple. */
  align(multiple: number): void {
    const over = this.#length % multiple;
    if (over !== 0) this.reserve(multiple - over);
  }

  /** What has been written; not a copy. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
