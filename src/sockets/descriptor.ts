/**
 * An open file descriptor with an owner. Disposing closes it; `release` makes it somebody else's.
 * All descriptors made here are close-on-exec: a program gets one only when it is handed over.
 */
import { call, tryCall } from '../native/index.js';

export class FileDescriptor implements Disposable {
  #fd: number;

  /** Takes the fd over. */
  constructor(fd: number) {
    this.#fd = fd;
  }

  /** The number; it stays this object's. Throws once it is closed or somebody else's. */
  get fd(): number {
    if (this.#fd < 0) throw new TypeError('this file descriptor is closed, or no longer ours');
    return this.#fd;
  }

  get isOpen(): boolean {
    return this.#fd >= 0;
  }

  /** The number, for a new owner who will close it. */
  release(): number {
    const { fd } = this;
    this.#fd = -1;
    return fd;
  }

  [Symbol.dispose](): void {
    if (this.#fd >= 0) tryCall('close', this.#fd);
    this.#fd = -1;
  }
}

/** A number that getsockopt(2) gives. */
export function socketOption(fd: number, level: number, name: number): number {
  const value = new Int32Array(1);
  const size = Uint32Array.of(value.byteLength);
  call({ step: 'read a socket option' }, 'getsockopt', fd, level, name, value, size);
  return value[0] ?? 0;
}
