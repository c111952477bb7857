/** Messages in a stream: each with its length in two bytes before it (RFC 1035 section 4.2.2). */

const LENGTH_SIZE = 2;

export function framed(message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(LENGTH_SIZE + message.length);
  frame[0] = message.length >> 8;
  frame[1] = message.length & 255;
  frame.set(message, LENGTH_SIZE);
  return frame;
}

/** Puts messages together from what a stream brings; it never holds more than one of them. */
export class Unframing {
  readonly #length = new Uint8Array(LENGTH_SIZE);
  #lengthHas = 0;
  #message: Uint8Array | undefined;
  #messageHas = 0;

  /** The messages that these bytes complete. */
  push(bytes: Uint8Array): Uint8Array[] {
    const messages: Uint8Array[] = [];
    let at = 0;
    while (at < bytes.length) {
      at += this.#message === undefined ? this.#takeLength(bytes, at) : this.#take(bytes, at);
      if (this.#message?.length !== this.#messageHas) continue;
      messages.push(this.#message);
      this.#message = undefined;
    }
    return messages;
  }

  /** Nothing has begun that is not complete. */
  get isEmpty(): boolean {
    return this.#lengthHas === 0 && this.#message === undefined;
  }

  #takeLength(bytes: Uint8Array, at: number): number {
    this.#length[this.#lengthHas++] = bytes[at] ?? 0;
    if (this.#lengthHas === LENGTH_SIZE) {
      const [high = 0, low = 0] = this.#length;
      this.#message = new Uint8Array((high << 8) | low);
      this.#messageHas = 0;
      this.#lengthHas = 0;
    }
    return 1;
  }

  #take(bytes: Uint8Array, at: number): number {
    const message = this.#message ?? new Uint8Array();
    const taken = bytes.subarray(at, at + message.length - this.#messageHas);
    message.set(taken, this.#messageHas);
    this.#messageHas += taken.length;
    return taken.length;
  }
}
