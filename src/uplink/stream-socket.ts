/**
 * The host's end of a TCP flow: a connected, non-blocking stream socket. What is common to both ways
 * of receiving; sending goes straight from the frame to the socket.
 */
import { errnoNumber, syscallNumber, trafficCalls, type TrafficCalls } from '../native/index.js';
import type { HostStream, Outcome, TcpEvents } from '../stack/index.js';
import * as k from './constants.js';
import type { Endable } from './endable.js';
import type { Loop, Ready } from './loop.js';
import { EAGAIN, abort, close, sendMemory, shutdownWriting } from './socket-calls.js';

/** Edge-triggered, because bytes that were peeked at keep a socket readable. */
export const STREAM_EVENTS = k.EPOLLIN | k.EPOLLOUT | k.EPOLLRDHUP | k.EPOLLET;

const ENDS = k.EPOLLRDHUP | k.EPOLLHUP;

const SENDTO = syscallNumber('sendto');
const RECVFROM = syscallNumber('recvfrom');
const ECONNRESET = -errnoNumber('ECONNRESET');
const SEND_FLAGS = k.MSG_NOSIGNAL | k.MSG_DONTWAIT;

export abstract class StreamSocket implements HostStream, Ready, Endable {
  /** -1 once it is closed: the number may soon be somebody else's. */
  protected fd: number;
  /** The errno, negative, that broke the connection; the kernel tells it once only. */
  #failure = 0;
  readonly #loop: Loop;
  readonly #tag: number;
  readonly #events: TcpEvents;
  /** Room to send, as far as we know: never too much, but for the kernel's own reckoning. */
  #free = 0;
  /** There was too little room, and the socket will say when there is more. */
  #waitsForRoom = false;
  #isShutDown = false;
  #onSettled: StreamParts['onSettled'];

  constructor({ fd, loop, tag, events, onSettled }: StreamParts) {
    this.#onSettled = onSettled;
    this.fd = fd;
    this.#loop = loop;
    this.#tag = tag;
    this.#events = events;
  }

  /** No field, because there may be many of us. */
  protected get calls(): TrafficCalls {
    return trafficCalls();
  }

  abstract peek(offset: number, into: Uint8Array, at: number, length: number): number;
  abstract discard(length: number): void;
  /** Something has arrived, or the end of the stream. */
  protected abstract arrived(ended: boolean): void;

  /** recv(2). What looks like an end after a failure is none. */
  protected receive(...[bytes, at, length, flags]: ReceiveCall): number {
    const all = flags | k.MSG_DONTWAIT;
    const got = this.calls.transfer(RECVFROM, this.fd, bytes, at, length, all);
    if (got > 0 || got === EAGAIN) return got;
    if (got < 0) this.#failure = got;
    return this.#failure;
  }

  send(bytes: Uint8Array, at: number, length: number): number {
    const sent = this.calls.transfer(SENDTO, this.fd, bytes, at, length, SEND_FLAGS);
    this.#free = sent === length ? this.#free - sent : 0;
    return sent;
  }

  sendSpace(): number {
    // Asking costs as much as a small send: only when it could matter.
    if (this.#free < ENOUGH_BYTES) this.#free = sendMemory(this.fd).free;
    return this.#free;
  }

  awaitSpace(): void {
    if (this.#waitsForRoom || this.fd < 0) return;
    this.#waitsForRoom = true;
    // Asking for the edge anew makes the kernel note that we wait for room: it would not tell
    // somebody who has stopped before the buffer was full.
    this.#loop.modify(this.fd, this.#tag, STREAM_EVENTS);
  }

  shutdown(): void {
    this.#isShutDown = true;
    shutdownWriting(this.fd);
  }

  close(how: 'orderly' | 'abort'): void {
    const { fd } = this;
    if (fd < 0) return;
    this.fd = -1;
    this.#loop.remove(fd, this.#tag);
    if (how === 'abort') abort(fd);
    else close(fd);
    this.settled(undefined);
  }

  settled(outcome: Outcome | undefined): void {
    const tell = this.#onSettled;
    this.#onSettled = undefined;
    tell?.(outcome);
  }

  /** What the namespace has sent to its end still arrives. */
  end(): void {
    this.close(this.#isShutDown ? 'orderly' : 'abort');
  }

  ready(events: number, now: number): void {
    if ((events & k.EPOLLERR) !== 0) {
      this.#failure ||= ECONNRESET;
      this.arrived(true);
      this.#events.failed(now);
      return;
    }
    if ((events & (k.EPOLLIN | ENDS)) !== 0) {
      const ended = (events & ENDS) !== 0;
      this.arrived(ended);
      this.#events.readable(now, ended);
    }
    if ((events & k.EPOLLOUT) !== 0 && this.#waitsForRoom && this.fd >= 0) {
      this.#waitsForRoom = false;
      this.#free = 0;
      this.#events.writable(now);
    }
  }
}

type ReceiveCall = [bytes: Uint8Array, at: number, length: number, flags: number];

const ENOUGH_BYTES = 1 << 20;

export interface StreamParts {
  readonly fd: number;
  readonly loop: Loop;
  readonly tag: number;
  readonly events: TcpEvents;
  /** Of a flow that began at the host, once; undefined: it ended before anything came of it. */
  readonly onSettled?: ((outcome: Outcome | undefined) => void) | undefined;
}
