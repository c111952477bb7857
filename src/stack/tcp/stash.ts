/**
 * Data that was acknowledged and that the host's socket did not take: its free space is an estimate.
 * Bytes come and go in order.
 */
import type { HostStream } from '../host.js';

export class Stash {
  readonly #pieces: Uint8Array[] = [];
  /** How much of the first piece has gone. */
  #gone = 0;
  length = 0;

  push(bytes: Uint8Array, at: number, length: number): void {
    if (length === 0) return;
    this.#pieces.push(bytes.slice(at, at + length));
    this.length += length;
  }

  /** Sends what the stream takes; answers a negative errno when it failed, 0 when it is full. */
  flush(stream: HostStream): number {
    for (let piece = this.#pieces[0]; piece !== undefined; piece = this.#pieces[0]) {
      const left = piece.length - this.#gone;
      const sent = stream.send(piece, this.#gone, left);
      if (sent < 0) return sent;
      this.length -= sent;
      if (sent < left) {
        this.#gone += sent;
        return 0;
      }
      this.#pieces.shift();
      this.#gone = 0;
    }
    return 0;
  }
}
