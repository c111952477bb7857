/**
 * A connection made inside a namespace, as a net.Socket of this process. The socket is made inside;
 * connecting it is done from here, because a socket never leaves the namespace it was made in.
 */
import { Socket } from 'node:net';
import { constants } from 'node:os';
import { errnoCode, tryCall } from '../native/index.js';
import { emitSocketAddress, type SocketAddress } from '../wire/index.js';
import {
  addressEndpoint,
  checkPort,
  ipAddress,
  unixAddress,
  vsockAddress,
  type VsockPort,
} from './address.js';
import { builtins } from './builtins.js';
import { EPOLLOUT, SOL_SOCKET, SO_ERROR } from './constants.js';
import { socketOption, type FileDescriptor } from './descriptor.js';
import { connectError, usage } from './errors.js';
import type { FindInside } from './inside.js';
import { openOne } from './opening.js';
import type { SocketOptions } from './options.js';
import { ready } from './ready.js';
import { socketOpening, type SocketRequest } from './socket.js';
import { SocketStream } from './stream.js';

interface Common extends SocketOptions {
  /** Aborting gives up; AbortSignal.timeout(ms) limits the time. */
  readonly signal?: AbortSignal | undefined;
  /** Whether our side stays open when the other has ended, as in Node. */
  readonly allowHalfOpen?: boolean | undefined;
}

export interface TcpConnectOptions extends Common {
  /** An address, `localhost` (when not said), or a name: see `lookup`. */
  readonly host?: string | undefined;
  readonly port: number;
  /** Bind to these first. */
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  /** The addresses of a name. When not said this process looks it up, outside the namespace. */
  readonly lookup?: ((name: string) => Promise<readonly string[]>) | undefined;
}

export interface UnixConnectOptions extends Common {
  /** With a NUL in front an abstract name, as in Node. */
  readonly path: string;
}

export interface VsockConnectOptions extends Common {
  /** 2 is the host of this virtual machine, 1 the machine itself where the kernel has a loopback. */
  readonly vsock: Required<VsockPort>;
}

export type ConnectOptions = TcpConnectOptions | UnixConnectOptions;

const { EALREADY, EINPROGRESS } = constants.errno;

/** Makes a socket that is not connected yet: inside, or out of a pool. */
export type MakeSocket = (request: SocketRequest) => Promise<FileDescriptor>;

export function socketsFrom(find: FindInside): MakeSocket {
  return async (request) => (await openOne(find, socketOpening(request))).descriptor;
}

/** Throws errors like Node's: code, address, port, and syscall `connect`. */
export async function connect(make: MakeSocket, options: ConnectOptions): Promise<Socket> {
  const { allowHalfOpen = false, noDelay, keepAlive } = options;
  using descriptor = await connectDescriptor(make, options);
  const { fd } = descriptor;
  const socket = new Socket({ fd, allowHalfOpen, readable: true, writable: true });
  descriptor.release();
  // So that Node knows of it too.
  if (noDelay === true) socket.setNoDelay(true);
  if (keepAlive === true) socket.setKeepAlive(true);
  return socket;
}

/** Node cannot adopt such a socket, so the stream is one of ours. */
export async function connectVsock(
  make: MakeSocket,
  options: VsockConnectOptions,
): Promise<SocketStream> {
  using descriptor = await connectDescriptor(make, options);
  return new SocketStream(descriptor, options);
}

/** The same as a descriptor, non-blocking, for what is no net.Socket. */
export async function connectDescriptor(
  make: MakeSocket,
  options: ConnectOptions | VsockConnectOptions,
): Promise<FileDescriptor> {
  options.signal?.throwIfAborted();
  if ('vsock' in options) {
    const address = vsockAddress(options.vsock);
    const request = { domain: 'vsock', type: 'stream', nonBlocking: true, options } as const;
    return await connectMade(await make(request), address, options.signal);
  }
  if ('path' in options) return await connectUnix(make, options);
  checkPort(options.port);
  const addresses = await addressesOf(options);
  let failure: unknown;
  for (const host of addresses) {
    try {
      return await connectTo(make, host, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      failure ??= error;
    }
  }
  throw failure;
}

/** Of two families the first that answers wins; the first failure is told. */
async function addressesOf(options: TcpConnectOptions): Promise<readonly string[]> {
  const { host = 'localhost', port, lookup = lookUp } = options;
  if (host === 'localhost') return ['127.0.0.1', '::1'];
  if (ipAddress({ host, port }) !== undefined) return [host];
  const found = await lookup(host);
  if (found.length > 0) return found;
  throw usage(`the name ${host} has no address`);
}

/** All addresses of a name, as this process finds them. */
export async function lookUp(name: string): Promise<string[]> {
  const found = await builtins.dns().lookup(name, { all: true });
  return found.map(({ address }) => address);
}

async function connectTo(
  make: MakeSocket,
  host: string,
  options: TcpConnectOptions,
): Promise<FileDescriptor> {
  const target = ipAddress({ host, port: options.port });
  if (target === undefined) throw usage(`${JSON.stringify(host)} is no IP address`);
  if (target.scope !== undefined) {
    throw usage(`give the interface of ${host} by its number, not its name`);
  }
  const { address } = target;
  const descriptor = await make({
    domain: address.family === 'inet' ? 'inet' : 'inet6',
    ...{ type: 'stream', protocol: 'tcp', nonBlocking: true, options },
    bind: localAddress(options, address),
  });
  return await connectMade(descriptor, address, options.signal);
}

/** Closes the socket when it cannot be connected. */
async function connectMade(
  descriptor: FileDescriptor,
  address: SocketAddress,
  signal: AbortSignal | undefined,
): Promise<FileDescriptor> {
  try {
    await finishConnecting(descriptor.fd, address, signal);
    return descriptor;
  } catch (error) {
    descriptor[Symbol.dispose]();
    throw error;
  }
}

async function finishConnecting(
  fd: number,
  address: SocketAddress,
  signal: AbortSignal | undefined,
): Promise<void> {
  const bytes = emitSocketAddress(address);
  const begin = (): number => -tryCall('connect', fd, bytes, bytes.length);
  let error = begin();
  // On loopback it is over by now, and a second call says how it ended; else there is a wait.
  if (error === EINPROGRESS) error = begin();
  if (error === EALREADY) {
    await ready(fd, { events: EPOLLOUT, signal });
    error = socketOption(fd, SOL_SOCKET, SO_ERROR);
  }
  if (error !== 0) throw connectError(errnoCode(error), addressEndpoint(address));
}

function localAddress(
  { localAddress, localPort }: TcpConnectOptions,
  { family }: SocketAddress,
): SocketAddress | undefined {
  if (localAddress === undefined && localPort === undefined) return undefined;
  const any = family === 'inet' ? '0.0.0.0' : '::';
  return ipAddress({ host: localAddress ?? any, port: localPort ?? 0 })?.address;
}

/** A path leads somewhere in the namespace's own mounts, so this one is connected inside. */
async function connectUnix(make: MakeSocket, options: UnixConnectOptions): Promise<FileDescriptor> {
  const target = unixAddress(options.path);
  return await make({
    ...{ domain: 'unix', type: 'stream', nonBlocking: true },
    ...{ options, connect: target },
  });
}
