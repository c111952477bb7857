/**
 * Connections that are open or on their way, each known by what cuts it; those that are open are
 * carried here: what one side says is passed to the other.
 */
import type { Passage } from './direction.js';
import { StreamPair, type Passages } from './stream-pair.js';
import { Turns } from './turns.js';
import type { WatchedSocket } from '../watched-socket.js';

/** Large enough that the copying costs more than the calls (measured). */
const PIECE_BYTES = 256 * 1024;

export class OpenConnections {
  readonly #passages: Passages;
  readonly #open = new Set<() => void>();
  #onEmpty: (() => void) | undefined;

  constructor() {
    const buffer = new Uint8Array(PIECE_BYTES);
    const passage = (): Passage => ({ buffer, bytes: 0, restBytes: 0 });
    this.#passages = { toTarget: passage(), toClient: passage(), turns: new Turns() };
  }

  get size(): number {
    return this.#open.size;
  }

  get bytesToTarget(): number {
    return this.#passages.toTarget.bytes;
  }

  get bytesToClient(): number {
    return this.#passages.toClient.bytes;
  }

  /** One that is on its way; call the answer when it is no more. */
  add(cut: () => void): () => void {
    this.#open.add(cut);
    return () => {
      this.#open.delete(cut);
      if (this.#open.size === 0) this.#onEmpty?.();
    };
  }

  /** Takes both sockets over, until both sides have ended. */
  carry(client: WatchedSocket, target: WatchedSocket): void {
    const pair = new StreamPair(client, target, this.#passages);
    pair.onEnd = this.add(() => {
      pair.cut();
    });
    pair.start();
  }

  cutAll(): void {
    for (const cut of [...this.#open]) cut();
  }

  /** Settles when none is left. */
  async whenEmpty(): Promise<void> {
    if (this.#open.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
  }
}
