/** A stream socket that never blocks, with the events that it is told. */
import { tryCall, watch, type Watch } from '../native/index.js';
import * as so from './constants.js';
import { reset } from './stream-calls.js';

/** All there is to tell, once for each change: with level-triggered events an end is told for ever. */
const EVENTS = (so.EPOLLIN | so.EPOLLOUT | so.EPOLLRDHUP | so.EPOLLET) >>> 0;

export class WatchedSocket {
  readonly fd: number;
  readonly #watching: Watch;
  #isOpen = true;
  onReady: (events: number) => void = () => undefined;

  /** Takes the descriptor over; when it throws, it has been closed with a reset. */
  constructor(fd: number) {
    this.fd = fd;
    try {
      this.#watching = watch(fd, (events) => this.onReady(events), EVENTS);
    } catch (error) {
      reset(fd);
      throw error;
    }
  }

  ref(): void {
    this.#watching.ref();
  }

  /** Waiting for it does not keep the process alive. */
  unref(): void {
    this.#watching.unref();
  }

  close(): void {
    if (this.#stop()) tryCall('close', this.fd);
  }

  reset(): void {
    if (this.#stop()) reset(this.fd);
  }

  #stop(): boolean {
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    this.#watching[Symbol.dispose]();
    return wasOpen;
  }
}
