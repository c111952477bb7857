/**
 * Receiving without a buffer of our own: bytes stay in the socket until the namespace has
 * acknowledged them (MSG_PEEK with SO_PEEK_OFF, socket(7); of TCP since Linux 6.9).
 */
import { syscallNumber } from '../native/index.js';
import { AF_INET } from '../wire/index.js';
import * as k from './constants.js';
import { close, openSocket, options, setOption } from './socket-calls.js';
import { StreamSocket } from './stream-socket.js';

const RECVFROM = syscallNumber('recvfrom');

export class PeekStream extends StreamSocket {
  /** Where the kernel peeks next, from the first byte that is still there. */
  #peekAt = -1;

  peek(offset: number, into: Uint8Array, at: number, length: number): number {
    if (offset !== this.#peekAt) this.#seek(offset);
    const got = this.receive(into, at, length, k.MSG_PEEK);
    if (got > 0) this.#peekAt += got;
    return got;
  }

  discard(length: number): void {
    // Without a buffer the kernel only forgets; it moves its own offset back, too.
    const { fd } = this;
    let left = length;
    while (left > 0) {
      const gone = this.calls.syscall(RECVFROM, fd, 0, left, k.MSG_TRUNC | k.MSG_DONTWAIT, 0, 0);
      if (gone <= 0) break;
      left -= gone;
    }
    this.#peekAt = Math.max(0, this.#peekAt - length);
  }

  protected arrived(): void {
    // All of it stays where it is.
  }

  #seek(offset: number): void {
    setOption(this.fd, options.peekOffset, offset);
    this.#peekAt = offset;
  }
}

/** Whether this kernel peeks at an offset of TCP; found out by asking for it. */
export function canPeekTcp(): boolean {
  const fd = openSocket(AF_INET, k.SOCK_STREAM, k.IPPROTO_TCP);
  if (fd < 0) return false;
  const answer = setOption(fd, options.peekOffset, 0);
  close(fd);
  return answer === 0;
}
