/**
 * Receiving into memory of our own, for sockets that cannot be peeked at an offset: TCP before Linux
 * 6.9, and Unix sockets. The bytes stay until the namespace has acknowledged them.
 */
import { HeldBytes, type ChunkPool } from './held-bytes.js';
import { EAGAIN } from './socket-calls.js';
import { StreamSocket, type StreamParts } from './stream-socket.js';

/** As much as the largest window that a flow opens. */
const MOST_BYTES = 4 << 20;

export class RingStream extends StreamSocket {
  readonly #held: HeldBytes;
  /** The socket may have more than we had room for. */
  #hasMore = true;
  #endIsNear = false;
  /** What comes after the last byte: nothing yet, the end (0), or the errno of a break. */
  #end = EAGAIN;

  constructor(parts: StreamParts, pool: ChunkPool) {
    super(parts);
    this.#held = new HeldBytes(pool, MOST_BYTES);
  }

  peek(offset: number, into: Uint8Array, at: number, length: number): number {
    if (offset + length > this.#held.length) this.#receive();
    if (offset < this.#held.length) return this.#held.copy(offset, into, at, length);
    return this.#end;
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
    if (!this.#hasMore || this.#end !== EAGAIN) return;
    const got = this.#held.fill((bytes, at, length) => this.receive(bytes, at, length, 0));
    if (got <= 0) this.#end = got;
    // A short answer has emptied the socket, but for an end that was told with the bytes before it.
    this.#hasMore = this.#held.isFull || this.#endIsNear;
  }
}
