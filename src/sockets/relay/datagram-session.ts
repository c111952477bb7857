/** One client of a UDP relay: a socket of its own at the other end, so that answers find back. */
import { call, tryCall, watch, type Watch } from '../../native/index.js';
import { emitSocketAddress, type SocketAddress } from '../../wire/index.js';
import * as so from '../constants.js';
import type { FileDescriptor } from '../descriptor.js';

/** Datagrams kept while the socket is being made; the first ones of a client come in a burst. */
const QUEUE = 16;
/** In a row, before other clients have their turn. */
const TURN = 64;

export interface SessionParts {
  /** A socket at the other end, connected. */
  readonly socket: Promise<FileDescriptor>;
  /** For one datagram at a time. */
  readonly buffer: Uint8Array;
  /** The first bytes of the buffer are for the client. */
  readonly onAnswer: (length: number) => void;
}

export class DatagramSession implements Disposable {
  readonly #parts: SessionParts;
  #queue: Uint8Array[] = [];
  #socket: FileDescriptor | undefined;
  #watching: Watch | undefined;
  #isOpen = true;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** Settles when there is a socket; throws when there will be none. */
  async start(): Promise<void> {
    const socket = await this.#parts.socket;
    if (!this.#isOpen) {
      socket[Symbol.dispose]();
      return;
    }
    this.#socket = socket;
    this.#watching = watch(socket.fd, () => this.#answer(socket.fd));
    for (const datagram of this.#queue.splice(0)) this.send(datagram);
  }

  /** To the other end. What does not fit is lost, as datagrams are. */
  send(datagram: Uint8Array): void {
    if (this.#socket !== undefined) {
      const { fd } = this.#socket;
      tryCall('sendto', fd, datagram, datagram.length, so.MSG_DONTWAIT | so.MSG_NOSIGNAL, 0, 0);
    } else if (this.#queue.length < QUEUE) this.#queue.push(datagram.slice());
  }

  [Symbol.dispose](): void {
    this.#isOpen = false;
    this.#watching?.[Symbol.dispose]();
    this.#socket?.[Symbol.dispose]();
    this.#socket = undefined;
  }

  /** A refusal (ICMP, as ECONNREFUSED) is read and cannot be told: the next datagram may succeed. */
  #answer(fd: number): void {
    const { buffer, onAnswer } = this.#parts;
    for (let turn = 0; turn < TURN; turn++) {
      const length = tryCall('recvfrom', fd, buffer, buffer.length, so.MSG_DONTWAIT, 0, 0);
      if (length < 0) return;
      onAnswer(length);
    }
  }
}

/** connect(2) of UDP sends nothing: only this address is heard from then on. */
export function connectDatagrams(socket: FileDescriptor, to: SocketAddress): FileDescriptor {
  const bytes = emitSocketAddress(to);
  try {
    call({ step: 'connect a UDP socket' }, 'connect', socket.fd, bytes, bytes.length);
    return socket;
  } catch (error) {
    socket[Symbol.dispose]();
    throw error;
  }
}
