/** A TCP flow on its way to be connected: from the decision to a stream, or to a refusal. */
import { errnoNumber } from '../native/index.js';
import type { FlowEnds, Refusal, TcpEvents } from '../stack/index.js';
import * as k from './constants.js';
import type { Decision } from './decision.js';
import { refusalOfQueued, type ErrorQueue } from './error-queue.js';
import type { Endable } from './endable.js';
import type { Loop, Ready } from './loop.js';
import { familyOf, openOutbound, type Family } from './outbound.js';
import { refusalOf, refused } from './refusals.js';
import {
  EINPROGRESS,
  close,
  options,
  receiveErrors,
  setOption,
  takeError,
} from './socket-calls.js';
import { STREAM_EVENTS, type StreamParts, type StreamSocket } from './stream-socket.js';

/** What a socket may hold to send; what the kernel's autotuning allows is too little (measured). */
export const SEND_BUFFER_BYTES = 4 << 20;

export interface TcpAttemptParts {
  readonly loop: Loop;
  readonly errors: ErrorQueue;
  readonly onFailure: (errno: number) => void;
  readonly makeStream: (family: Family, parts: StreamParts) => StreamSocket;
}

const EMFILE = errnoNumber('EMFILE');

type Connect = Extract<Decision, { kind: 'connect' }>;

export class TcpAttempt implements Ready, Endable {
  readonly #ends: FlowEnds;
  readonly #events: TcpEvents;
  readonly #parts: TcpAttemptParts;
  #fd = -1;
  #tag = -1;
  #family: Family = 'unix';
  #isOver = false;

  constructor(ends: FlowEnds, events: TcpEvents, parts: TcpAttemptParts) {
    this.#ends = ends;
    this.#events = events;
    this.#parts = parts;
  }

  /** Answered, or given up. */
  get isOver(): boolean {
    return this.#isOver;
  }

  cancel(): void {
    this.#isOver = true;
    this.#closeSocket();
  }

  follow(decision: Decision): void {
    switch (decision.kind) {
      case 'connect':
        this.#connect(decision);
        break;
      case 'stream':
        this.#fd = decision.descriptor.release();
        this.#watch();
        break;
      case 'refuse':
        this.#refuse(decision.refusal);
        break;
      case 'service':
        this.#refuse(refused);
    }
  }

  ready(events: number, now: number): void {
    const queued = (events & k.EPOLLERR) === 0 ? undefined : this.#parts.errors.take(this.#fd);
    const errno = takeError(this.#fd);
    if (errno === 0 && queued === undefined) this.#finish(events, now);
    else if (queued === undefined) this.#fail(errno, now);
    else this.#refuse(refusalOfQueued(queued, this.#ends.version), now);
  }

  end(): void {
    this.cancel();
  }

  #connect({ to, from }: Connect): void {
    if (this.#parts.loop.room < 1) {
      this.#fail(EMFILE);
      return;
    }
    this.#family = familyOf(to) ?? 'unix';
    const protocols = { inet: k.IPPROTO_TCP, inet6: k.IPPROTO_TCP, unix: 0 };
    const { fd, answer } = openOutbound({ to, from, type: k.SOCK_STREAM, protocols, prepare });
    this.#fd = fd;
    if (answer === 0 || answer === EINPROGRESS) this.#watch();
    else this.#fail(-answer);
  }

  /** Whoever is connected at once hears of it in the loop's next batch, like all others. */
  #watch(): void {
    try {
      this.#tag = this.#parts.loop.add(this.#fd, this, STREAM_EVENTS);
    } catch (error) {
      this.#fail(errnoNumber((error as { code: string }).code));
    }
  }

  #finish(events: number, now: number): void {
    const [fd, tag] = [this.#fd, this.#tag];
    const { loop, makeStream } = this.#parts;
    this.#isOver = true;
    this.#fd = -1;
    // A soft error would end a connection that still works.
    if (this.#family !== 'unix') receiveErrors(fd, this.#family, false);
    const stream = makeStream(this.#family, { fd, loop, tag, events: this.#events });
    loop.handOver(tag, stream);
    this.#events.connected(stream, now);
    // What has arrived with the connection is told once only.
    stream.ready(events, now);
  }

  #fail(errno: number, now?: number): void {
    this.#parts.onFailure(errno);
    this.#refuse(refusalOf(errno, this.#ends.version), now);
  }

  #refuse(refusal: Refusal, now = this.#parts.loop.now()): void {
    this.#isOver = true;
    this.#closeSocket();
    this.#events.refused(refusal, now);
  }

  #closeSocket(): void {
    const fd = this.#fd;
    if (fd < 0) return;
    this.#fd = -1;
    if (this.#tag >= 0) this.#parts.loop.remove(fd, this.#tag);
    close(fd);
  }
}

function prepare(fd: number, family: Family): void {
  if (family === 'unix') return;
  setOption(fd, options.sendBuffer, SEND_BUFFER_BYTES);
  setOption(fd, options.noDelay, 1);
  receiveErrors(fd, family, true);
}
