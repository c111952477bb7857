/** Where flows are connected on to: from where this program is, or from other namespaces. */
import {
  SocketPool,
  connectDatagrams,
  connectDescriptor,
  here,
  type FileDescriptor,
  type RelayPlace,
} from '../sockets/index.js';
import { NskitError } from '../errors/index.js';
import { parseIp } from '../wire/index.js';
import type { End } from './ends.js';
import type { InterceptTarget } from './flow.js';

const HERE: RelayPlace = { findInside: here };

export class Upstream implements Disposable {
  readonly #pools = new Map<RelayPlace, SocketPool>();

  /** Throws what connect(2) says. */
  async connect(
    destination: End,
    to: InterceptTarget,
    signal: AbortSignal,
  ): Promise<FileDescriptor> {
    const { make } = this.#pool(to.in);
    if ('path' in to) return await connectDescriptor(make, { path: to.path, signal });
    const { host = openAddress(destination), port = destination.port } = to;
    return await connectDescriptor(make, { host, port, signal });
  }

  /** A socket that hears nobody but the target. */
  async connectDatagrams(destination: End, to: InterceptTarget): Promise<FileDescriptor> {
    if ('path' in to) throw new NskitError('ERR_USAGE', 'UDP goes to a host and a port');
    const { host = openAddress(destination), port = destination.port } = to;
    return await connectDatagrams(this.#pool(to.in).make, { host, port });
  }

  [Symbol.dispose](): void {
    for (const pool of this.#pools.values()) pool[Symbol.dispose]();
  }

  #pool(place: RelayPlace = HERE): SocketPool {
    const pool = this.#pools.get(place) ?? new SocketPool(place.findInside);
    this.#pools.set(place, pool);
    return pool;
  }
}

/**
 * The host's loopback is closed, unless the handler names it. No packet to it leaves by itself, but a
 * program inside may write its own.
 */
function openAddress({ address }: End): string {
  if (!isOwnLoopback(parseIp(address) ?? new Uint8Array())) return address;
  throw new NskitError('ERR_USAGE', `${address} is not connected on to`, {
    hint: 'it would be an address of the host itself: name it in flow.connect({ host })',
  });
}

/** 127.0.0.0/8 and 0.0.0.0/8 (which Linux connects to itself), ::1, ::, and those inside ::ffff:0:0/96. */
function isOwnLoopback(bytes: Uint8Array): boolean {
  if (bytes.length === 4) return bytes[0] === 127 || bytes[0] === 0;
  if (bytes.subarray(0, 10).some((byte) => byte !== 0)) return false;
  const [a, b, ...rest] = bytes.subarray(10);
  if (a === 0xff && b === 0xff) return isOwnLoopback(Uint8Array.from(rest));
  return [a, b, ...rest.slice(0, 3)].every((byte) => byte === 0) && (rest[3] ?? 0) <= 1;
}
