/** A connected datagram socket: what comes is told, what is sent is sent or lost. */
import { tryCall, watch, type Watch } from '../../native/index.js';
import * as so from '../constants.js';
import type { FileDescriptor } from '../descriptor.js';
import { WOULD_BLOCK } from '../stream-calls.js';

/** In a row, before others have their turn. */
const TURN = 64;
const FLAGS = so.MSG_DONTWAIT | so.MSG_NOSIGNAL;

export interface DatagramListener {
  /** For one datagram at a time. */
  readonly buffer: Uint8Array;
  /** The first bytes of the buffer have come. */
  readonly onDatagram: (length: number) => void;
  /** What came back for one that was sent: a negative errno, of an ICMP error. */
  readonly onError?: ((answer: number) => void) | undefined;
}

export class ConnectedDatagrams implements Disposable {
  readonly #socket: FileDescriptor;
  readonly #listener: DatagramListener;
  readonly #watching: Watch;

  /** Takes the socket over; when it throws, it has been closed. */
  constructor(socket: FileDescriptor, listener: DatagramListener) {
    this.#socket = socket;
    this.#listener = listener;
    try {
      this.#watching = watch(socket.fd, () => this.#receive());
    } catch (error) {
      socket[Symbol.dispose]();
      throw error;
    }
  }

  send(datagram: Uint8Array): void {
    if (!this.#socket.isOpen) return;
    const { fd } = this.#socket;
    const answer = tryCall('sendto', fd, datagram, datagram.length, FLAGS, 0, 0);
    if (answer < 0 && answer !== WOULD_BLOCK) this.#listener.onError?.(answer);
  }

  [Symbol.dispose](): void {
    this.#watching[Symbol.dispose]();
    this.#socket[Symbol.dispose]();
  }

  #receive(): void {
    const { buffer, onDatagram, onError } = this.#listener;
    // Whoever is told may close it.
    for (let turn = 0; turn < TURN && this.#socket.isOpen; turn++) {
      const { fd } = this.#socket;
      const length = tryCall('recvfrom', fd, buffer, buffer.length, so.MSG_DONTWAIT, 0, 0);
      if (length === WOULD_BLOCK) return;
      // An error is that of one datagram: the next one may arrive.
      if (length < 0) onError?.(length);
      else onDatagram(length);
    }
  }
}
