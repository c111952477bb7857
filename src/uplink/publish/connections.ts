/**
 * A published TCP port: connections are accepted from the host's kernel and begun toward the
 * namespace. By then the client is connected; when nobody accepts inside, it gets a reset.
 */
import { errnoNumber, syscallNumber, trafficCalls } from '../../native/index.js';
import type { FileDescriptor } from '../../sockets/index.js';
import type { FlowEnds, Outcome, Tcp } from '../../stack/index.js';
import * as k from '../constants.js';
import type { Loop, Ready } from '../loop.js';
import type { Family } from '../outbound.js';
import { EAGAIN, abort, options, setOption, type IpFamily } from '../socket-calls.js';
import { STREAM_EVENTS, type StreamParts, type StreamSocket } from '../stream-socket.js';
import { SEND_BUFFER_BYTES } from '../tcp-attempt.js';
import type { Client } from './client-ends.js';
import { familyOfAddress } from './listening.js';
import type { OpenPort } from './published-port.js';
import type { Publishing } from './request.js';
import { NAME_BYTES, clientOf } from './socket-name.js';

const ACCEPT4 = syscallNumber('accept4');
/** Accepted before others have their turn. */
const BUDGET = 64;
/** Connections that wait for the namespace; the others wait in the kernel's backlog. */
const OPENING_MAX = 1024;
/** After an errno that says that something has run out. */
const PAUSE_MS = 100;
const EMFILE = errnoNumber('EMFILE');
const EXHAUSTED = ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'].map((code) => -errnoNumber(code));

export interface ConnectionsParts {
  readonly loop: Loop;
  readonly tcp: Pick<Tcp, 'open'>;
  readonly makeStream: (family: Family, parts: StreamParts) => StreamSocket;
  /** Inside; undefined: it cannot be. */
  readonly endsFor: (client: Client, insidePort: number) => FlowEnds | undefined;
  readonly onFailure: (errno: number) => void;
  /** The namespace did not accept. */
  readonly onRefused: (publishing: Publishing, outcome: Outcome) => void;
}

export class PublishedConnections implements OpenPort, Ready {
  readonly publishing: Publishing;
  accepted = 0;
  refused = 0;
  readonly #parts: ConnectionsParts;
  readonly descriptor: FileDescriptor;
  readonly #family: IpFamily;
  readonly #tag: number;
  readonly #calls = trafficCalls();
  readonly #name = new Uint8Array(NAME_BYTES);
  readonly #nameLength = new Uint32Array(1);
  #opening = 0;
  #isPaused = false;
  #timer: NodeJS.Timeout | undefined;

  /** Takes the descriptor over. */
  constructor(parts: ConnectionsParts, publishing: Publishing, descriptor: FileDescriptor) {
    this.#parts = parts;
    this.publishing = publishing;
    this.descriptor = descriptor;
    this.#family = familyOfAddress(publishing.address);
    this.#tag = parts.loop.add(descriptor.fd, this, k.EPOLLIN);
  }

  ready(_events: number, now: number): void {
    for (let left = BUDGET; left > 0 && this.descriptor.isOpen; left--) {
      if (this.#opening >= OPENING_MAX) {
        this.#pause();
        return;
      }
      if (this.#parts.loop.room < 1) {
        this.#waitForMore(EMFILE);
        return;
      }
      const fd = this.#accept();
      if (fd >= 0) this.#begin(fd, now);
      else if (fd === EAGAIN) return;
      else if (EXHAUSTED.includes(fd)) {
        this.#waitForMore(-fd);
        return;
      } // Else it was given up meanwhile (accept(2)): the next one.
    }
  }

  /** Connections that are open go on. */
  close(): void {
    if (!this.descriptor.isOpen) return;
    clearTimeout(this.#timer);
    this.#parts.loop.remove(this.descriptor.fd, this.#tag);
    this.descriptor[Symbol.dispose]();
  }

  end(): void {
    this.close();
  }

  #accept(): number {
    this.#nameLength[0] = this.#name.length;
    const flags = k.SOCK_NONBLOCK | k.SOCK_CLOEXEC;
    return this.#calls.syscall(
      ...[ACCEPT4, this.descriptor.fd, this.#name, this.#nameLength, flags],
    );
  }

  #begin(fd: number, now: number): void {
    const { endsFor, tcp, loop } = this.#parts;
    const ends = endsFor(clientOf(this.#name), this.publishing.insidePort);
    const tag = ends === undefined ? -1 : this.#watch(fd);
    if (ends === undefined || tag < 0) {
      abort(fd);
      return;
    }
    setOption(fd, options.sendBuffer, SEND_BUFFER_BYTES);
    setOption(fd, options.noDelay, 1);
    this.#opening++;
    const events = tcp.open(ends, (flow) => this.#stream({ fd, loop, tag, events: flow }), now);
    if (events !== undefined) return;
    this.#opening--;
    loop.remove(fd, tag);
    abort(fd);
  }

  /** Its events come in the loop's next batch, to the stream that it is by then. */
  #watch(fd: number): number {
    try {
      return this.#parts.loop.add(fd, nobody, STREAM_EVENTS);
    } catch (error) {
      this.#parts.onFailure(errnoNumber((error as { code: string }).code));
      return -1;
    }
  }

  #stream(parts: StreamParts): StreamSocket {
    const onSettled = (outcome: Outcome | undefined): void => this.#settled(outcome);
    const stream = this.#parts.makeStream(this.#family, { ...parts, onSettled });
    parts.loop.handOver(parts.tag, stream);
    return stream;
  }

  #settled(outcome: Outcome | undefined): void {
    this.#opening--;
    if (outcome === 'accepted') this.accepted++;
    else if (outcome !== undefined) {
      this.refused++;
      this.#parts.onRefused(this.publishing, outcome);
    }
    if (this.#isPaused && this.#timer === undefined) this.#goOn();
  }

  #waitForMore(errno: number): void {
    this.#parts.onFailure(errno);
    this.#pause();
    this.#timer = setTimeout(() => this.#goOn(), PAUSE_MS).unref();
  }

  /** Who comes now waits in the backlog, and the loop does not hear of it. */
  #pause(): void {
    this.#isPaused = true;
    this.#parts.loop.modify(this.descriptor.fd, this.#tag, 0);
  }

  #goOn(): void {
    this.#timer = undefined;
    this.#isPaused = false;
    if (!this.descriptor.isOpen) return;
    this.#parts.loop.modify(this.descriptor.fd, this.#tag, k.EPOLLIN);
  }
}

const nobody: Ready = { ready: () => undefined };
