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
import { OpenConnections } from './open-connections.js';
import type { StreamSource } from './stream-source.js';
import type { StreamTarget } from './stream-target.js';
import { WatchedSocket } from '../watched-socket.js';

export interface StreamRelayParts {
  readonly source: StreamSource;
  readonly target: StreamTarget;
  readonly onRefused: ((reason: unknown) => void) | undefined;
}

export class StreamRelay implements Relay {
  readonly address: SocketAddress;
  readonly #parts: StreamRelayParts;
  readonly #acceptor: Acceptor;
  readonly #connections = new OpenConnections();
  #total = 0;
  #refused = 0;
  #closing: Promise<void> | undefined;

  constructor(parts: StreamRelayParts) {
    this.#parts = parts;
    this.address = parts.source.listener.address;
    this.#acceptor = new Acceptor(parts.source.listener.descriptor, {
      onConnection: (client) => void this.#join(client),
      onRefused: (answer) => {
        this.#total += 1;
        this.#refuse(callError({ step: 'accept a connection' }, 'accept4', answer));
      },
    });
  }

  get counters(): RelayCounters {
    const { size: open, bytesToTarget, bytesToClient } = this.#connections;
    return { open, total: this.#total, refused: this.#refused, bytesToTarget, bytesToClient };
  }

  async close({ signal }: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#drain();
    const cut = (): void => this.#connections.cutAll();
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
    await this.#connections.whenEmpty();
    this.#parts.target[Symbol.dispose]();
    await this.#parts.source[Symbol.asyncDispose]();
  }

  /** Never rejects: a connection that cannot be made is reset, and the rest goes on. */
  async #join(fd: number): Promise<void> {
    this.#total += 1;
    const attempt = new AbortController();
    const over = this.#connections.add(() => {
      attempt.abort();
    });
    let client: WatchedSocket | undefined;
    try {
      client = new WatchedSocket(fd);
      client.onReady = (events) => {
        if ((events & (so.EPOLLERR | so.EPOLLHUP)) !== 0) attempt.abort();
      };
      this.#connections.carry(client, await this.#reach(attempt.signal));
    } catch (error) {
      client?.reset();
      this.#refuse(error);
    }
    over();
  }

  async #reach(signal: AbortSignal): Promise<WatchedSocket> {
    using descriptor = await this.#parts.target.connect(signal);
    signal.throwIfAborted();
    return new WatchedSocket(descriptor.release());
  }

  #refuse(reason: unknown): void {
    this.#refused += 1;
    this.#parts.onRefused?.(reason);
  }
}
