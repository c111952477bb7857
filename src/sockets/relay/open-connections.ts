/**
 * Connections that are open or on their way, each known by what cuts it; those that are open are
 * carried here: what one side says is passed to the other.
 */
import { PIECE_BYTES, type Passage } from './direction.js';
import { CopiedPieces, SplicedPieces, type Pieces } from './pieces.js';
import { StreamPair, type Passages } from './stream-pair.js';
import { Turns } from './turns.js';
import type { WatchedSocket } from '../watched-socket.js';

export class OpenConnections {
  readonly #passages: Passages;
  readonly #open = new Set<() => void>();
  #onEmpty: (() => void) | undefined;
  #spliced: SplicedPieces | undefined;
  #copied: CopiedPieces | undefined;

  constructor() {
    const pieces = (): Pieces => this.#pieces();
    const passage = (): Passage => ({ pieces, bytes: 0, restBytes: 0 });
    this.#passages = { toTarget: passage(), toClient: passage(), turns: new Turns() };
  }

  /** While descriptors are short the bytes are copied. */
  #pieces(): Pieces {
    this.#spliced ??= SplicedPieces.open(PIECE_BYTES);
    return this.#spliced ?? (this.#copied ??= new CopiedPieces(PIECE_BYTES));
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
      if (this.#open.size === 0) this.#rest();
    };
  }

  /** An idle relay holds no pipe. */
  #rest(): void {
    this.#spliced?.[Symbol.dispose]();
    this.#spliced = undefined;
    this.#onEmpty?.();
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
