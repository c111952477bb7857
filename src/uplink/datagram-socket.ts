/** The host's end of a UDP or echo flow: a connected datagram socket, or a ping socket (icmp(7)). */
import { errnoNumber, syscallNumber, trafficCalls } from '../native/index.js';
import type { DatagramEvents, FlowEnds, HostDatagrams } from '../stack/index.js';
import * as k from './constants.js';
import type { DatagramReceiver, ReceiveSpace } from './datagram-receiver.js';
import { datagramErrorOf, type ErrorQueue } from './error-queue.js';
import type { Endable } from './endable.js';
import type { Loop, Ready } from './loop.js';
import type { Message } from './messages.js';
import { EAGAIN, close, options, setOption, takeError, type IpFamily } from './socket-calls.js';

const SENDTO = syscallNumber('sendto');
const FLAGS = k.MSG_NOSIGNAL | k.MSG_DONTWAIT;

/** Too many segments, too large ones for the way out, a device that cannot do their checksums. */
const CANNOT_CUT = ['EINVAL', 'EMSGSIZE', 'EIO'].map((code) => -errnoNumber(code));

/** The interface that it is bound to is no more; another one of its name would be another one. */
const ENODEV = -errnoNumber('ENODEV');

/** What all such sockets of an uplink share. */
export interface DatagramTools {
  readonly loop: Loop;
  readonly receiver: DatagramReceiver;
  readonly errors: ErrorQueue;
  /** To send super-datagrams with. */
  readonly message: Message;
}

export interface DatagramParts {
  readonly fd: number;
  readonly family: IpFamily;
  readonly protocol: 'udp' | 'echo';
  readonly ends: FlowEnds;
  readonly events: DatagramEvents;
  readonly space: ReceiveSpace;
  readonly tools: DatagramTools;
}

export class DatagramSocket implements HostDatagrams, Ready, Endable {
  readonly #calls = trafficCalls();
  readonly #parts: DatagramParts;
  readonly #tag: number;
  /** -1 once it is closed. */
  #fd: number;

  /** Throws SyscallError when it cannot be watched; the fd stays the caller's then. */
  constructor(parts: DatagramParts) {
    this.#parts = parts;
    this.#tag = parts.tools.loop.add(parts.fd, this, k.EPOLLIN);
    this.#fd = parts.fd;
  }

  send(bytes: Uint8Array, at: number, length: number): number {
    let sent = this.#calls.transfer(SENDTO, this.#fd, bytes, at, length, FLAGS);
    // An error about an earlier one came first, and this one was not even tried.
    if (sent < 0 && sent !== EAGAIN && this.#tellErrors()) {
      sent = this.#calls.transfer(SENDTO, this.#fd, bytes, at, length, FLAGS);
    }
    if (sent === ENODEV) this.#giveUp();
    return sent;
  }

  sendSegments(bytes: Uint8Array, at: number, length: number, segment: number): number {
    const { message } = this.#parts.tools;
    message.setBytes(bytes, at, length);
    message.setNumber(k.IPPROTO_UDP, k.UDP_SEGMENT, segment);
    const sent = message.send(this.#fd, FLAGS);
    if (sent === ENODEV) this.#giveUp();
    if (sent >= 0 || sent === EAGAIN || this.#fd < 0) return sent;
    if (!CANNOT_CUT.includes(sent) && !this.#tellErrors()) return sent;
    return this.#sendEach(bytes, at, { length, segment });
  }

  setHopLimit(hopLimit: number): void {
    setOption(this.#fd, options.hopLimit[this.#parts.family], hopLimit);
  }

  close(): void {
    const fd = this.#fd;
    if (fd < 0) return;
    this.#fd = -1;
    this.#parts.tools.loop.remove(fd, this.#tag);
    close(fd);
  }

  end(): void {
    this.close();
  }

  ready(events: number): void {
    if ((events & k.EPOLLERR) !== 0) this.#tellErrors();
    if (this.#fd < 0 || (events & k.EPOLLIN) === 0) return;
    const { tools, space, events: flow } = this.#parts;
    tools.receiver.receive(this.#fd, space, flow);
  }

  /** The next datagram has a socket of its own. */
  #giveUp(): void {
    this.close();
    this.#parts.events.closed();
  }

  #sendEach(bytes: Uint8Array, at: number, sizes: { length: number; segment: number }): number {
    const { length, segment } = sizes;
    for (let done = 0; done < length; done += segment) {
      const sent = this.send(bytes, at + done, Math.min(segment, length - done));
      if (sent < 0) return done === 0 ? sent : done;
    }
    return length;
  }

  /** Whether there were any. */
  #tellErrors(): boolean {
    const { tools, ends, events } = this.#parts;
    let count = 0;
    for (let queued = tools.errors.take(this.#fd); queued !== undefined; count++) {
      const error = datagramErrorOf(queued, ends.version);
      if (error !== undefined) events.unreachable(error);
      queued = tools.errors.take(this.#fd);
    }
    // The errno of the last one waits apart from the queue.
    return takeError(this.#fd) !== 0 || count > 0;
  }
}
