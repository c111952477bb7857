/**
 * An epoll of one's own under Node's loop, for whoever has many descriptors: each is known by a tag
 * of the caller's choice, and events come in batches, as pairs of tag and mask (epoll(7)).
 */
import { binding, type NativePoller } from './binding.js';
import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD } from './constants.js';
import { callError } from './kernel.js';
import { eventLayout } from './poller.js';
import { syscallNumber } from './syscall-numbers.js';

const BATCH = 256;
const EPOLL_CTL = syscallNumber('epoll_ctl');

export class Epoll implements Disposable {
  /** Of the last batch: tag, mask, tag, mask, ... */
  readonly pairs = new Int32Array(2 * BATCH);
  readonly #poller: NativePoller;
  readonly #event = new Uint8Array(eventLayout.size);
  readonly #eventView = new DataView(this.#event.buffer);

  /** Calls back with the number of pairs. Keeps the process alive only after `ref`. */
  constructor(onReady: (count: number) => void) {
    this.#poller = binding().createPoller(onReady, this.pairs);
    const { epoll } = this.#poller;
    if (epoll < 0) throw callError({ step: 'watch file descriptors' }, 'epoll_create1', epoll);
  }

  /** 0, or a negative errno. */
  add(fd: number, tag: number, events: number): number {
    return this.#control(EPOLL_CTL_ADD, fd, tag, events);
  }

  /** Also asks anew about edges that have passed. */
  modify(fd: number, tag: number, events: number): number {
    return this.#control(EPOLL_CTL_MOD, fd, tag, events);
  }

  /** To be called before the fd is closed where it may live on as a copy. */
  delete(fd: number): void {
    this.#control(EPOLL_CTL_DEL, fd, 0, 0);
  }

  /** What became ready meanwhile, without waiting: the number of pairs. */
  again(): number {
    return this.#poller.again();
  }

  ref(): void {
    this.#poller.ref();
  }

  unref(): void {
    this.#poller.unref();
  }

  [Symbol.dispose](): void {
    this.#poller.close();
  }

  #control(operation: number, fd: number, tag: number, events: number): number {
    this.#eventView.setUint32(0, events, true);
    this.#eventView.setInt32(eventLayout.data, tag, true);
    return binding().syscall(EPOLL_CTL, this.#poller.epoll, operation, fd, this.#event);
  }
}
