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

export class SocketPool implements Disposable {
  readonly #find: FindInside;
  readonly #batch: number;
  readonly #ready: Record<Family, FileDescriptor[]> = { inet: [], inet6: [] };
  readonly #filling: Partial<Record<Family, Promise<void>>> = {};
  #isOpen = true;

  constructor(find: FindInside, { batch = 64 }: PoolOptions = {}) {
    this.#find = find;
    this.#batch = batch;
  }

  /** How many sockets are waiting to be used. */
  get size(): number {
    return this.#ready.inet.length + this.#ready.inet6.length;
  }

  /** Makes a batch now, so that the first connection need not wait for it. */
  async fill(family: Family = 'inet'): Promise<void> {
    this.#filling[family] ??= this.#fill(family).finally(() => {
      this.#filling[family] = undefined as never;
    });
    await this.#filling[family];
  }

  async connect(options: ConnectOptions): Promise<Socket> {
    return await connect(this.make, options);
  }

  /** A socket of the pool, or for what needs more than a plain one, a visit of its own. */
  readonly make: MakeSocket = async (request) => {
    const family = request.domain === 'inet6' ? 'inet6' : 'inet';
    if (!isPlain(request)) return await socketsFrom(this.#find)(request);
    const ready = this.#ready[family];
    for (let taken = ready.pop(); ; taken = ready.pop()) {
      if (taken !== undefined) return taken;
      await this.fill(family);
    }
  };

  /** Closes the sockets that nobody took; connections go on. */
  [Symbol.dispose](): void {
    this.#isOpen = false;
    for (const ready of Object.values(this.#ready)) {
      for (const descriptor of ready.splice(0)) descriptor[Symbol.dispose]();
    }
  }

  async #fill(family: Family): Promise<void> {
    if (!this.#isOpen) throw new TypeError('this pool is closed');
    const request = { domain: family, type: 'stream', protocol: 'tcp', nonBlocking: true } as const;
    const openings = Array.from({ length: this.#batch }, () => socketOpening(request));
    for (const { descriptor } of await openAll(this.#find, openings)) {
      this.#keep(family, descriptor);
    }
  }

  /** Made while the pool was being closed, it is nobody's. */
  #keep(family: Family, descriptor: FileDescriptor): void {
    if (this.#isOpen) this.#ready[family].push(descriptor);
    else descriptor[Symbol.dispose]();
  }
}

function isPlain({ type, protocol, bind, connect: target, options = {} }: SocketRequest): boolean {
  const isStream = type === 'stream' && protocol === 'tcp';
  return isStream && bind === undefined && target === undefined && !hasOptions(options);
}
