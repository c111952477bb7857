/**
 * A listening socket in a namespace, for a server outside: `server.listen(listener)` of net, http,
 * https and whatever is built on them. The socket stays in its namespace; the server, and whatever
 * it connects to, stays where it is.
 */
import type { Server } from 'node:net';
import { tryCall } from '../native/index.js';
import type { SocketAddress } from '../wire/index.js';
import { bindAddress, unixAddress, vsockAddress, type VsockPort } from './address.js';
import { SOL_SOCKET, SO_ACCEPTCONN } from './constants.js';
import type { FileDescriptor } from './descriptor.js';
import { SocketError, usage } from './errors.js';
import type { FindInside } from './inside.js';
import { openOne, type Opening } from './opening.js';
import type { SocketOptions } from './options.js';
import { serveByAccepting } from './serve.js';
import { socketOpening, type SocketRequest } from './socket.js';

interface Common extends SocketOptions {
  /** How many connections may wait; 511 when not said, as in Node. net.core.somaxconn caps it. */
  readonly backlog?: number | undefined;
  /** SOCK_NONBLOCK, for whoever accepts by calls of their own. Node's servers need not ask. */
  readonly nonBlocking?: boolean | undefined;
}

export interface TcpListenOptions extends Common {
  /** All addresses, IPv6 and IPv4, when not said. */
  readonly host?: string | undefined;
  /** 0: the kernel chooses one. */
  readonly port: number;
}

export interface UnixListenOptions extends Common {
  /** A path as the namespace sees it; with a NUL in front an abstract name, as in Node. */
  readonly path: string;
  readonly type?: 'stream' | 'seqpacket' | undefined;
}

export interface VsockListenOptions extends Common {
  readonly vsock: VsockPort;
}

export type ListenOptions = TcpListenOptions | UnixListenOptions | VsockListenOptions;

/** What Node's own servers ask for. */
const BACKLOG = 511;

export class Listener implements Disposable {
  readonly address: SocketAddress;
  readonly backlog: number;
  readonly #descriptor: FileDescriptor;
  #handedOver = -1;

  constructor(descriptor: FileDescriptor, address: SocketAddress, backlog: number) {
    this.#descriptor = descriptor;
    this.address = address;
    this.backlog = backlog;
  }

  /** The descriptor, for anything but a server of Node; it stays this object's. */
  get descriptor(): FileDescriptor {
    return this.#descriptor;
  }

  /** The port, of an address that has one. */
  get port(): number | undefined {
    return 'port' in this.address ? this.address.port : undefined;
  }

  /**
   * Gives what connects to a server of net, http, https and whatever is built on them, until the
   * server is closed. That is `server.listen(listener)`, but of vsock too, which Node cannot listen
   * on: there the server gets streams (SocketStream) instead of net.Sockets.
   */
  serve(server: Server): void {
    if (this.address.family === 'vsock') serveByAccepting(server, this.#descriptor);
    else server.listen(this);
  }

  /**
   * For `server.listen(listener)`: whoever reads it takes the socket over and closes it
   * (`server.close` does). Until then disposing this object closes it.
   */
  get fd(): number {
    if (this.address.family === 'vsock') {
      throw usage('a server of Node cannot listen on vsock', 'use listener.serve(server)');
    }
    if (this.#descriptor.isOpen) {
      this.#handedOver = this.#descriptor.release();
      // Node calls listen(2) again, synchronously and with a backlog of its own, and tells its
      // user in a later tick: before that ours is put back.
      process.nextTick(restoreBacklog, this.#handedOver, this.backlog);
    }
    return this.#handedOver;
  }

  [Symbol.dispose](): void {
    this.#descriptor[Symbol.dispose]();
  }
}

function restoreBacklog(fd: number, backlog: number): void {
  // Closed within the same tick, the number may be another file's by now.
  const value = new Int32Array(1);
  const size = Uint32Array.of(4);
  const answer = tryCall('getsockopt', fd, SOL_SOCKET, SO_ACCEPTCONN, value, size);
  if (answer === 0 && value[0] === 1) tryCall('listen', fd, backlog);
}

/** Takes an open listening socket over, one that was received: its backlog is set to this. */
export function adoptListener(
  descriptor: FileDescriptor,
  address: SocketAddress,
  backlog = BACKLOG,
): Listener {
  return new Listener(descriptor, address, backlog);
}

export function listenerOpening(options: ListenOptions): Opening<Listener> {
  const { backlog = BACKLOG } = options;
  const opening = socketOpening({ ...listenRequest(options), backlog });
  return {
    ...opening,
    finish: (descriptor, outcome) => {
      const { address } = opening.finish(descriptor, outcome);
      return new Listener(descriptor, address, backlog);
    },
  };
}

function listenRequest(options: ListenOptions): SocketRequest {
  const { nonBlocking } = options;
  if ('vsock' in options) {
    const bind = vsockAddress(options.vsock);
    return { domain: 'vsock', type: 'stream', nonBlocking, bind, options };
  }
  if ('path' in options) {
    const bind = unixAddress(options.path);
    return { domain: 'unix', type: options.type ?? 'stream', nonBlocking, bind, options };
  }
  const { host = '::', port } = options;
  const { address, scope } = bindAddress({ host, port });
  const { family } = address;
  if (family !== 'inet' && family !== 'inet6') throw new TypeError('no IP address');
  const withDefault = { reuseAddress: true, ...options };
  return {
    ...{ domain: family, type: 'stream', protocol: 'tcp', nonBlocking },
    bind: address,
    scope,
    options: withDefault,
  };
}

export async function listen(find: FindInside, options: ListenOptions): Promise<Listener> {
  try {
    return await openOne(find, listenerOpening(options));
  } catch (error) {
    if (!lacksIPv6(error) || !('port' in options) || options.host !== undefined) throw error;
    return await openOne(find, listenerOpening({ ...options, host: '0.0.0.0' }));
  }
}

/** No module, or switched off in the namespace (net.ipv6.conf.all.disable_ipv6). */
export function lacksIPv6(error: unknown): boolean {
  if (!(error instanceof SocketError) || !error.address.includes(':')) return false;
  return error.code === 'EAFNOSUPPORT' || error.code === 'EADDRNOTAVAIL';
}
