/**
 * A published UDP port: one socket of the host's for all its clients, and a flow inside for each. A
 * client is told nothing when nobody listens inside: an ordinary user can send no ICMP error.
 */
import type { FileDescriptor } from '../../sockets/index.js';
import type { DatagramEvents, FlowEnds } from '../../stack/index.js';
import * as k from '../constants.js';
import type { ReceiveSpace } from '../datagram-receiver.js';
import { datagramErrorOf, type ErrorQueue } from '../error-queue.js';
import type { Loop, Ready } from '../loop.js';
import { Message } from '../messages.js';
import { EAGAIN, takeError, type IpFamily } from '../socket-calls.js';
import type { Client } from './client-ends.js';
import { PublishedSession, packetInfo } from './datagram-session.js';
import { familyOfAddress } from './listening.js';
import type { OpenPort } from './published-port.js';
import type { Publishing } from './request.js';
import { NAME_BYTES, clientOf } from './socket-name.js';

/** Received before others have their turn. */
const BUDGET = 128;
/** Room for two control messages: packet info, and the size of segments. */
const CONTROL_BYTES = 128;

export interface DatagramsParts {
  readonly loop: Loop;
  readonly errors: ErrorQueue;
  readonly space: (ends: Pick<FlowEnds, 'version'>) => ReceiveSpace;
  readonly open: (
    ends: FlowEnds,
    session: PublishedSession,
    now: number,
  ) => DatagramEvents | undefined;
  /** Inside; undefined: it cannot be. */
  readonly endsFor: (client: Client, insidePort: number) => FlowEnds | undefined;
}

export class PublishedDatagrams implements OpenPort, Ready {
  readonly publishing: Publishing;
  readonly accepted = 0;
  readonly refused = 0;
  readonly #parts: DatagramsParts;
  readonly descriptor: FileDescriptor;
  readonly #family: IpFamily;
  readonly #tag: number;
  /** By the client's socket address. */
  readonly #sessions = new Map<string, PublishedSession>();
  readonly #receiving = new Message(CONTROL_BYTES, NAME_BYTES);
  readonly #sending = new Message(CONTROL_BYTES, NAME_BYTES);
  readonly #space: ReceiveSpace;

  /** Takes the descriptor over. */
  constructor(parts: DatagramsParts, publishing: Publishing, descriptor: FileDescriptor) {
    this.#parts = parts;
    this.publishing = publishing;
    this.descriptor = descriptor;
    this.#family = familyOfAddress(publishing.address);
    this.#space = parts.space({ version: this.#family === 'inet' ? 4 : 6 });
    this.#tag = parts.loop.add(descriptor.fd, this, k.EPOLLIN);
  }

  ready(events: number, now: number): void {
    if ((events & k.EPOLLERR) !== 0) this.#tellErrors();
    const { bytes, at } = this.#space;
    const message = this.#receiving;
    for (let left = BUDGET; left > 0 && this.descriptor.isOpen; left--) {
      message.setBytes(bytes, at, bytes.length - at);
      const got = message.receive(this.descriptor.fd, k.MSG_DONTWAIT);
      if (got === EAGAIN) return;
      if (got < 0) this.#tellErrors();
      else this.#received(got, now);
    }
  }

  close(): void {
    if (!this.descriptor.isOpen) return;
    for (const session of [...this.#sessions.values()]) session.events?.closed();
    this.#sessions.clear();
    this.#parts.loop.remove(this.descriptor.fd, this.#tag);
    this.descriptor[Symbol.dispose]();
  }

  end(): void {
    this.close();
  }

  /** One datagram, or several of equal size that the kernel has gathered (UDP_GRO). */
  #received(length: number, now: number): void {
    const message = this.#receiving;
    const session = this.#sessionOf(message.nameText, now);
    if (session === undefined) return;
    const { level, type } = packetInfo[this.#family];
    const info = message.find(level, type);
    if (info !== undefined) session.noteLocal(info, message.foundAt);
    session.events?.received(this.#space.bytes, this.#space.at, length, this.#segmentOf(length));
  }

  #segmentOf(length: number): number {
    const view = this.#receiving.find(k.IPPROTO_UDP, k.UDP_GRO);
    const size = view?.getInt32(this.#receiving.foundAt, true) ?? 0;
    return size > 0 && size < length ? size : length;
  }

  #sessionOf(key: string, now: number): PublishedSession | undefined {
    const known = this.#sessions.get(key);
    if (known !== undefined) return known;
    const { name } = this.#receiving;
    const ends = this.#parts.endsFor(clientOf(name), this.publishing.insidePort);
    if (ends === undefined) return undefined;
    const session = new PublishedSession({
      ...{ fd: this.descriptor.fd, family: this.#family, name: name.slice(), ends },
      message: this.#sending,
      takeErrors: () => this.#tellErrors(),
      onClose: () => this.#sessions.delete(key),
    });
    session.events = this.#parts.open(ends, session, now);
    if (session.events === undefined) return undefined;
    this.#sessions.set(key, session);
    return session;
  }

  /** What clients that are gone say about answers to them. Whether there was something. */
  #tellErrors(): boolean {
    const { errors } = this.#parts;
    const { fd } = this.descriptor;
    let count = 0;
    for (let queued = errors.take(fd); queued !== undefined; count++) {
      const session = this.#sessions.get(errors.nameText);
      const error = session && datagramErrorOf(queued, session.ends.version);
      if (error !== undefined) session?.events?.unreachable(error);
      if (!this.descriptor.isOpen) return true;
      queued = errors.take(fd);
    }
    // The errno of the last one waits apart from the queue.
    return takeError(fd) !== 0 || count > 0;
  }
}
