/** Takes connections out of a listener's queue, and refuses those for which nothing is left. */
import { constants } from 'node:os';
import { watch, type Watch } from '../native/index.js';
import type { FileDescriptor } from './descriptor.js';
import { SpareDescriptor, WOULD_BLOCK, accept } from './stream-calls.js';

const { EMFILE, ENFILE, ENOBUFS, ENOMEM } = constants.errno;

/** In a row, before connections that exist have their turn. */
const TURN = 64;
/** While there is no memory, or no descriptor even to refuse with. */
const PAUSE_MS = 100;

export interface Arrivals {
  /** Takes the descriptor over. */
  onConnection(client: number): void;
  /** One was refused for want of descriptors: a negative errno. */
  onRefused(answer: number): void;
}

export class Acceptor implements Disposable {
  readonly #listener: FileDescriptor;
  readonly #arrivals: Arrivals;
  readonly #spare = new SpareDescriptor();
  #watching: Watch | undefined;
  #pause: NodeJS.Timeout | undefined;

  /** Takes the listening socket over; it never blocks. */
  constructor(listener: FileDescriptor, arrivals: Arrivals) {
    this.#listener = listener;
    this.#arrivals = arrivals;
    this.#listen();
  }

  #listen(): void {
    this.#watching = watch(this.#listener.fd, () => {
      this.#acceptSome(TURN);
    });
  }

  /** Whether there may be more. */
  #acceptSome(limit: number): boolean {
    const { fd } = this.#listener;
    for (let i = 0; i < limit; i++) {
      const client = accept(fd);
      if (client === WOULD_BLOCK) return false;
      if (client >= 0) this.#arrivals.onConnection(client);
      else if (!this.#survive(fd, client)) return false;
    }
    return true;
  }

  /** After an error: whether the next one may be accepted. */
  #survive(fd: number, answer: number): boolean {
    if (answer === -EMFILE || answer === -ENFILE) {
      if (this.#spare.refuseOne(fd)) {
        this.#arrivals.onRefused(answer);
        return true;
      }
    } else if (answer !== -ENOBUFS && answer !== -ENOMEM) {
      // Of the one connection, which has failed already: accept(2).
      return true;
    }
    this.#rest();
    return false;
  }

  #rest(): void {
    this.#watching?.[Symbol.dispose]();
    this.#pause = setTimeout(() => {
      this.#listen();
    }, PAUSE_MS);
  }

  /** Takes those that are waiting, and lets nobody in any more. */
  finish(): void {
    while (this.#acceptSome(TURN));
    this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#pause);
    this.#watching?.[Symbol.dispose]();
    this.#spare[Symbol.dispose]();
    this.#listener[Symbol.dispose]();
  }
}
