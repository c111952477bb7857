/**
 * Sockets made ahead in a namespace. Going inside costs more than connecting does, so whoever makes
 * many connections takes them from here: one visit makes a whole batch.
 */
import type { Socket } from 'node:net';
import { connect, socketsFrom, type ConnectOptions, type MakeSocket } from './connection.js';
import type { FileDescriptor } from './descriptor.js';
import type { FindInside } from './inside.js';
import { openAll } from './opening.js';
import { hasOptions } from './options.js';
import { socketOpening, type SocketRequest } from './socket.js';

export interface PoolOptions {
  /** How many sockets are made at once; 64 when not said. */
  readonly batch?: number | undefined;
}

type Family = 'inet' | 'inet6';
type Type = 'stream' | 'dgram';
type Kind = `${Family} ${Type}`;

const protocols = { stream: 'tcp', dgram: 'udp' } as const;

export class SocketPool implements Disposable {
  readonly #find: FindInside;
  readonly #batch: number;
  readonly #ready = new Map<Kind, FileDescriptor[]>();
  readonly #filling = new Map<Kind, Promise<void>>();
  #isOpen = true;

  constructor(find: FindInside, { batch = 64 }: PoolOptions = {}) {
    this.#find = find;
    this.#batch = batch;
  }

  /** How many sockets are waiting to be used. */
  get size(): number {
    return [...this.#ready.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** Makes a batch now, so that the first connection need not wait for it. */
  async fill(family: Family = 'inet', type: Type = 'stream'): Promise<void> {
    const kind: Kind = `${family} ${type}`;
    const filling =
      this.#filling.get(kind) ??
      this.#fill(family, type).finally(() => {
        this.#filling.delete(kind);
      });
    this.#filling.set(kind, filling);
    await filling;
  }

  async connect(options: ConnectOptions): Promise<Socket> {
    return await connect(this.make, options);
  }

  /** A socket of the pool, or for what needs more than a plain one, a visit of its own. */
  readonly make: MakeSocket = async (request) => {
    if (!isPlain(request)) return await socketsFrom(this.#find)(request);
    const family = request.domain === 'inet6' ? 'inet6' : 'inet';
    const type = request.type === 'dgram' ? 'dgram' : 'stream';
    for (;;) {
      const taken = this.#ready.get(`${family} ${type}`)?.pop();
      if (taken !== undefined) return taken;
      try {
        await this.fill(family, type);
      } catch (error) {
        // There may still be room for one, where there is none for a batch.
        if ((error as { code?: unknown }).code !== 'EMFILE') throw error;
        return await socketsFrom(this.#find)(request);
      }
    }
  };

  /** Closes the sockets that nobody took; connections go on. */
  [Symbol.dispose](): void {
    this.#isOpen = false;
    for (const ready of this.#ready.values()) {
      for (const descriptor of ready.splice(0)) descriptor[Symbol.dispose]();
    }
  }

  async #fill(family: Family, type: Type): Promise<void> {
    if (!this.#isOpen) throw new TypeError('this pool is closed');
    const protocol = protocols[type];
    const request = { domain: family, type, protocol, nonBlocking: true } as const;
    const openings = Array.from({ length: this.#batch }, () => socketOpening(request));
    const opened = await openAll(this.#find, openings);
    this.#keep(
      `${family} ${type}`,
      opened.map(({ descriptor }) => descriptor),
    );
  }

  /** Made while the pool was being closed, they are nobody's. */
  #keep(kind: Kind, made: FileDescriptor[]): void {
    if (this.#isOpen) this.#ready.set(kind, [...(this.#ready.get(kind) ?? []), ...made]);
    else for (const descriptor of made) descriptor[Symbol.dispose]();
  }
}

/** Non-blocking, as those of the pool are, and nothing beyond. */
function isPlain({ type, protocol, bind, connect: target, options = {} }: SocketRequest): boolean {
  const isKnown = (type === 'stream' || type === 'dgram') && protocol === protocols[type];
  return isKnown && bind === undefined && target === undefined && !hasOptions(options);
}
