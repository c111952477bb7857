/**
 * Connections relayed: each that is accepted at one end is made anew at the other. The kernel
 * accepts before we know of it, so a client whose target refuses sees its connection made, then
 * reset.
 */
import { callError } from '../../native/index.js';
import type { SocketAddress } from '../../wire/index.js';
import * as so from '../constants.js';
import { Acceptor } from '../acceptor.js';
import type { CloseOptions, Relay, RelayCounters } from './ends.js';
import { StreamPair, type Passages } from './stream-pair.js';
import type { StreamSource } from './stream-source.js';
import type { StreamTarget } from './stream-target.js';
import { Turns } from './turns.js';
import { WatchedSocket } from '../watched-socket.js';

/** Large enough that the copying costs more than the calls (measured). */
const PIECE_BYTES = 256 * 1024;

export interface StreamRelayParts {
  readonly source: StreamSource;
  readonly target: StreamTarget;
  readonly onRefused: ((reason: unknown) => void) | undefined;
}

export class StreamRelay implements Relay {
  readonly address: SocketAddress;
  readonly #parts: StreamRelayParts;
  readonly #acceptor: Acceptor;
  readonly #passages: Passages;
  /** Each open connection, by what cuts it. */
  readonly #open = new Set<() => void>();
  #total = 0;
  #refused = 0;
  #onEmpty: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: StreamRelayParts) {
    this.#parts = parts;
    this.address = parts.source.listener.address;
    const buffer = new Uint8Array(PIECE_BYTES);
    const passage = () => ({ buffer, bytes: 0, restBytes: 0 });
    this.#passages = { toTarget: passage(), toClient: passage(), turns: new Turns() };
    this.#acceptor = new Acceptor(parts.source.listener.descriptor, {
      onConnection: (client) => void this.#join(client),
      onRefused: (answer) => {
        this.#total += 1;
        this.#refuse(callError({ step: 'accept a connection' }, 'accept4', answer));
      },
    });
  }

  get counters(): RelayCounters {
    return {
      open: this.#open.size,
      total: this.#total,
      refused: this.#refused,
      bytesToTarget: this.#passages.toTarget.bytes,
      bytesToClient: this.#passages.toClient.bytes,
    };
  }

  async close({ signal }: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#drain();
    const cut = (): void => this.#cut();
    if (signal?.aborted === true) cut();
    signal?.addEventListener('abort', cut, { once: true });
    await this.#closing;
    signal?.removeEventListener('abort', cut);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close({ signal: AbortSignal.abort() });
  }

  async #drain(): Promise<void> {
    this.#acceptor.finish();
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
      this.#whenEmpty();
    });
    this.#parts.target[Symbol.dispose]();
    await this.#parts.source[Symbol.asyncDispose]();
  }

  #cut(): void {
    for (const cut of this.#open) cut();
  }

  /** Never rejects: a connection that cannot be made is reset, and the rest goes on. */
  async #join(fd: number): Promise<void> {
    this.#total += 1;
    const attempt = new AbortController();
    const cut = (): void => attempt.abort();
    this.#open.add(cut);
    let client: WatchedSocket | undefined;
    try {
      client = new WatchedSocket(fd);
      client.onReady = (events) => {
        if ((events & (so.EPOLLERR | so.EPOLLHUP)) !== 0) attempt.abort();
      };
      const pair = new StreamPair(client, await this.#reach(attempt.signal), this.#passages);
      this.#follow(pair);
    } catch (error) {
      client?.reset();
      this.#refuse(error);
    }
    this.#open.delete(cut);
    this.#whenEmpty();
  }

  async #reach(signal: AbortSignal): Promise<WatchedSocket> {
    using descriptor = await this.#parts.target.connect(signal);
    signal.throwIfAborted();
    return new WatchedSocket(descriptor.release());
  }

  #follow(pair: StreamPair): void {
    const cut = (): void => pair.cut();
    this.#open.add(cut);
    pair.onEnd = () => {
      this.#open.delete(cut);
      this.#whenEmpty();
    };
    pair.start();
  }

  #refuse(reason: unknown): void {
    this.#refused += 1;
    this.#parts.onRefused?.(reason);
  }

  #whenEmpty(): void {
    if (this.#open.size === 0) this.#onEmpty?.();
  }
}
