/**
 * Blocks on their way to whoever writes them down, over a stream socket: so many bytes at most, and
 * never waited for. The other side ends the capture by ending its own stream.
 */
import { errnoNumber, syscallNumber, trafficCalls, watch, type Watch } from '../../native/index.js';
import type { FileDescriptor } from '../../sockets/index.js';
import * as k from '../constants.js';

/** What waits while the other side is busy, with the disk for example. */
const QUEUE_BYTES = 8 << 20;
/** So much leaves at once, less at the end of the loop's turn. */
const EAGER_BYTES = 1 << 16;
/** Kept for the statistics at the end. */
const LAST_BYTES = 1024;
/** How long the other side may take to fetch the rest. */
const FINISH_MS = 5000;

const SENDTO = syscallNumber('sendto');
const FLAGS = k.MSG_NOSIGNAL | k.MSG_DONTWAIT;
const EAGAIN = -errnoNumber('EAGAIN');

export interface BlockQueueEvents {
  /** The other side wants no more, or has gone. */
  stop(): void;
  /** Everything is sent, or nobody takes it any more; the descriptor is closed. */
  end(): void;
}

export class BlockQueue {
  readonly #calls = trafficCalls();
  readonly #descriptor: FileDescriptor;
  readonly #events: BlockQueueEvents;
  readonly #bytes: Uint8Array;
  #from = 0;
  #to = 0;
  #watching: Watch | undefined;
  #isBlocked = false;
  #isFinishing = false;
  #immediate: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** Takes the descriptor over. */
  constructor(descriptor: FileDescriptor, events: BlockQueueEvents, queueBytes = QUEUE_BYTES) {
    this.#descriptor = descriptor;
    this.#events = events;
    this.#bytes = new Uint8Array(queueBytes + LAST_BYTES);
    this.#watch();
  }

  hasRoomFor(length: number): boolean {
    if (this.#isFinishing || !this.#descriptor.isOpen) return false;
    const most = this.#bytes.length - LAST_BYTES;
    if (this.#to + length <= most) return true;
    // Moved to the front when much of it has left, so that no byte is moved often.
    if (2 * this.#from < most) return false;
    this.#bytes.copyWithin(0, this.#from, this.#to);
    this.#to -= this.#from;
    this.#from = 0;
    return this.#to + length <= most;
  }

  /** For whoever has asked whether there is room. */
  push(block: Uint8Array): void {
    this.#bytes.set(block, this.#to);
    this.#to += block.length;
    if (this.#isBlocked) return;
    if (this.#to - this.#from >= EAGER_BYTES) this.#send();
    else this.#immediate ??= setImmediate(() => this.#send());
  }

  /** Nothing more comes. There is room for the last block, of 1024 bytes at most, whatever waits. */
  finish(last: Uint8Array): void {
    if (this.#isFinishing || !this.#descriptor.isOpen) return;
    this.#isFinishing = true;
    this.#bytes.set(last, this.#to);
    this.#to += last.length;
    this.#timer = setTimeout(() => this.#close(), FINISH_MS);
    this.#watch();
    if (!this.#isBlocked) this.#send();
  }

  #send(): void {
    clearImmediate(this.#immediate);
    this.#immediate = undefined;
    while (this.#from < this.#to) {
      const length = this.#to - this.#from;
      const { fd } = this.#descriptor;
      const sent = this.#calls.transfer(SENDTO, fd, this.#bytes, this.#from, length, FLAGS);
      if (sent < 0) {
        this.#notSent(sent);
        return;
      }
      this.#from += sent;
    }
    this.#from = 0;
    this.#to = 0;
    if (this.#isFinishing) this.#close();
  }

  #notSent(answer: number): void {
    if (answer !== EAGAIN) {
      this.#events.stop();
      this.#close();
    } else if (!this.#isBlocked) {
      this.#isBlocked = true;
      this.#watch();
    }
  }

  /** Anew, because what there is to wait for has changed. */
  #watch(): void {
    this.#watching?.[Symbol.dispose]();
    const stop = this.#isFinishing ? 0 : k.EPOLLIN | k.EPOLLRDHUP;
    const room = this.#isBlocked ? k.EPOLLOUT : 0;
    const { fd } = this.#descriptor;
    this.#watching = watch(fd, (events) => this.#ready(events), stop | room);
    // What carries the traffic keeps the process alive, and after that what is to be sent.
    if (!this.#isFinishing) this.#watching.unref();
  }

  #ready(events: number): void {
    if ((events & k.EPOLLOUT) !== 0) {
      this.#isBlocked = false;
      this.#watch();
      this.#send();
    }
    if (!this.#descriptor.isOpen) return;
    if ((events & (k.EPOLLHUP | k.EPOLLERR)) !== 0) {
      this.#events.stop();
      this.#close();
    } else if ((events & (k.EPOLLIN | k.EPOLLRDHUP)) !== 0) this.#events.stop();
  }

  #close(): void {
    if (!this.#descriptor.isOpen) return;
    clearImmediate(this.#immediate);
    clearTimeout(this.#timer);
    this.#watching?.[Symbol.dispose]();
    this.#descriptor[Symbol.dispose]();
    this.#events.end();
  }
}
