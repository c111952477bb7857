/** One client of a UDP relay: a socket of its own at the other end, so that answers find back. */
import type { FileDescriptor } from '../descriptor.js';
import { ConnectedDatagrams, type DatagramListener } from './connected-datagrams.js';

/** Datagrams kept while the socket is being made; the first ones of a client come in a burst. */
const QUEUE = 16;

export class DatagramSession implements Disposable {
  readonly #listener: DatagramListener;
  readonly #queue: Uint8Array[] = [];
  #socket: ConnectedDatagrams | undefined;
  #isOpen = true;

  constructor(listener: DatagramListener) {
    this.#listener = listener;
  }

  /** Settles when there is a socket; throws when there will be none. */
  async start(socket: Promise<FileDescriptor>): Promise<void> {
    const made = new ConnectedDatagrams(await socket, this.#listener);
    if (!this.#isOpen) {
      made[Symbol.dispose]();
      return;
    }
    this.#socket = made;
    for (const datagram of this.#queue.splice(0)) made.send(datagram);
  }

  /** To the other end. */
  send(datagram: Uint8Array): void {
    if (this.#socket !== undefined) this.#socket.send(datagram);
    else if (this.#queue.length < QUEUE) this.#queue.push(datagram.slice());
  }

  [Symbol.dispose](): void {
    this.#isOpen = false;
    this.#socket?.[Symbol.dispose]();
  }
}
