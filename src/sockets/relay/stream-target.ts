/** The other end of relayed connections: one is made there for each. */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectDescriptor, type ConnectOptions } from '../connection.js';
import type { FileDescriptor } from '../descriptor.js';
import { SocketPool } from '../pool.js';
import { holdPlace, type HeldPlace, type RelayEnd } from './ends.js';

/** Of the waits for a server of a Unix socket whose queue is full: TCP would wait by itself. */
const FIRST_WAIT_MS = 10;
const LONGEST_WAIT_MS = 1000;

export class StreamTarget implements Disposable {
  readonly #where: ConnectOptions;
  readonly #place: HeldPlace;
  readonly #pool: SocketPool;

  constructor(to: RelayEnd) {
    this.#where = 'path' in to ? { path: to.path } : { host: to.host, port: to.port };
    this.#place = holdPlace(to.in);
    this.#pool = new SocketPool(this.#place.find);
  }

  async connect(signal: AbortSignal): Promise<FileDescriptor> {
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
      try {
        return await connectDescriptor(this.#pool.make, { ...this.#where, signal });
      } catch (error) {
        if (!isQueueFull(error)) throw error;
      }
      await sleep(waitMs, undefined, { signal });
    }
  }

  [Symbol.dispose](): void {
    this.#pool[Symbol.dispose]();
    this.#place[Symbol.dispose]();
  }
}

function isQueueFull(error: unknown): boolean {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return code === 'EAGAIN' && syscall === 'connect';
}
