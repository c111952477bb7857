/**
 * Receiving into memory of our own, for sockets that cannot be peeked at an offset: TCP before Linux
 * 6.9, and Unix sockets. The bytes stay until the namespace has acknowledged them.
 */
import { syscallNumber } from '../native/index.js';
import * as k from './constants.js';
import { HeldBytes, type ChunkPool } from './held-bytes.js';
import { EAGAIN } from './socket-calls.js';
import { StreamSocket, type StreamParts } from './stream-socket.js';

const RECVFROM = syscallNumber('recvfrom');
/** As much as the largest window that a flow opens. */
const MOST_BYTES = 4 << 20;

export class RingStream extends StreamSocket {
  readonly #held: HeldBytes;
  /** The socket may have more than we had room for. */
  #hasMore = true;
  #endIsNear = false;
  #hasEnded = false;

  constructor(parts: StreamParts, pool: ChunkPool) {
    super(parts);
    this.#held = new HeldBytes(pool, MOST_BYTES);
  }

  peek(offset: number, into: Uint8Array, at: number, length: number): number {
    if (offset + length > this.#held.length) this.#receive();
    if (offset < this.#held.length) return this.#held.copy(offset, into, at, length);
    return this.#hasEnded ? 0 : EAGAIN;
  }

  discard(length: number): void {
    this.#held.discard(length);
  }

  override close(how: 'orderly' | 'abort'): void {
    super.close(how);
    this.#held.clear();
  }

  protected arrived(ended: boolean): void {
    this.#hasMore = true;
    this.#endIsNear ||= ended;
  }

  #receive(): void {
    if (!this.#hasMore || this.#hasEnded) return;
    const got = this.#held.fill((bytes, at, length) =>
      this.calls.transfer(RECVFROM, this.fd, bytes, at, length, k.MSG_DONTWAIT),
    );
    this.#hasEnded = got === 0;
    // A short answer has emptied the socket, but for an end that was told with the bytes before it.
    this.#hasMore = this.#held.isFull || this.#endIsNear;
  }
}
