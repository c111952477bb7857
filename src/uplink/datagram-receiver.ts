/**
 * Takes datagrams off sockets into the frame that is being built, so that nobody has to copy them.
 * Those of equal size are gathered behind each other: they cross to the namespace as one
 * super-datagram, which costs about as much as one of them.
 */
import type { DatagramEvents } from '../stack/index.js';
import * as k from './constants.js';
import { Message } from './messages.js';

/** Room for a struct cmsghdr and the size of segments. */
const CONTROL_BYTES = 64;
/** What a super-datagram carries at most, and what any datagram does: its length has 16 bits. */
const MOST_BYTES = 65_507;
/** The kernel cuts a super-datagram into no more (UDP_MAX_SEGMENTS of older ones). */
const MOST_SEGMENTS = 64;
/** Receives before others have their turn. */
const BUDGET = 128;

export interface ReceiveSpace {
  /** Where the payload of a datagram lies in the outgoing frame. */
  readonly at: number;
  /** With room behind `at` for two datagrams of the largest size: what is gathered, and the next. */
  readonly bytes: Uint8Array;
}

export class DatagramReceiver {
  readonly #message = new Message(CONTROL_BYTES);
  readonly #gathers: boolean;
  /** Of what has been gathered and not yet delivered. */
  #gathered = 0;
  #segment = 0;

  /** `gathers`: whether the device takes super-datagrams. */
  constructor(gathers: boolean) {
    this.#gathers = gathers;
  }

  /** Everything that waits at a socket, but for what is left to the next turn; how many bytes. */
  receive(fd: number, space: ReceiveSpace, events: DatagramEvents): number {
    const { bytes, at } = space;
    let total = 0;
    for (let left = BUDGET; left > 0; left--) {
      const start = at + this.#gathered;
      this.#message.setBytes(bytes, start, bytes.length - start);
      const got = this.#message.receive(fd, k.MSG_DONTWAIT);
      if (got < 0) break;
      total += got;
      if (!this.#gather(got, this.#segmentOf(got))) {
        this.#deliver(space, events);
        // It is the first of the next ones, but lies behind those before it.
        if (start > at || !this.#gather(got, this.#segmentOf(got))) {
          events.received(bytes, start, got, this.#segmentOf(got));
        }
      }
      if (this.#isComplete(got)) this.#deliver(space, events);
    }
    this.#deliver(space, events);
    return total;
  }

  /** Whether it is of the same size as those before it, or shorter. */
  #gather(got: number, segment: number): boolean {
    const isOne = segment === got && got > 0;
    if (!isOne || !this.#gathers || (this.#gathered > 0 && got > this.#segment)) return false;
    if (this.#gathered === 0) this.#segment = got;
    this.#gathered += got;
    return true;
  }

  /** A shorter one is the last. */
  #isComplete(got: number): boolean {
    const [gathered, segment] = [this.#gathered, this.#segment];
    return got < segment || gathered + segment > MOST_BYTES || gathered >= MOST_SEGMENTS * segment;
  }

  #deliver({ bytes, at }: ReceiveSpace, events: DatagramEvents): void {
    const length = this.#gathered;
    this.#gathered = 0;
    if (length > 0) events.received(bytes, at, length, this.#segment);
  }

  /** Of what the kernel has gathered itself (UDP_GRO). */
  #segmentOf(length: number): number {
    const view = this.#message.find(k.IPPROTO_UDP, k.UDP_GRO);
    const size = view?.getInt32(this.#message.foundAt, true) ?? 0;
    return size > 0 && size < length ? size : length;
  }
}
