/** Changes as they happen: `ip monitor`. */
import { SyscallError } from '../errors/index.js';
import { netlink as wire } from '../wire/index.js';
import { addressOf, type Address } from './addresses.js';
import { SOL_SOCKET, SO_RCVBUF, multicastGroups } from './constants.js';
import { linkOf, type Link } from './link.js';
import { neighbourOf, type Neighbour } from './neighbours.js';
import { routeOf, type Route } from './route.js';
import { ruleOf, type Rule } from './rules.js';
import type { NetlinkSocket } from './transport.js';

export type Noun = keyof typeof multicastGroups;

/** `lost`: the kernel had more to say than fits its buffer. List anew what you keep track of. */
export type Change =
  | { readonly noun: 'link'; readonly change: 'new' | 'delete'; readonly link: Link }
  | { readonly noun: 'address'; readonly change: 'new' | 'delete'; readonly address: Address }
  | { readonly noun: 'route'; readonly change: 'new' | 'delete'; readonly route: Route }
  | { readonly noun: 'neighbour'; readonly change: 'new' | 'delete'; readonly neighbour: Neighbour }
  | { readonly noun: 'rule'; readonly change: 'new' | 'delete'; readonly rule: Rule }
  | { readonly noun: 'namespaceId'; readonly change: 'new' | 'delete'; readonly id: number }
  | { readonly noun: 'lost' };

export interface MonitorOptions {
  /** By default all. */
  readonly nouns?: readonly Noun[];
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
  /** Bytes that may wait to be read, as far as net.core.rmem_max allows. */
  readonly bufferBytes?: number;
}

const BUFFER_BYTES = 4 * 1024 * 1024;

/** Takes the socket over. What happens from the call on is seen, not only from the first read. */
export function monitor(
  socket: NetlinkSocket,
  options: MonitorOptions,
): AsyncGenerator<Change, void> {
  const { nouns = Object.keys(multicastGroups) as Noun[], bufferBytes = BUFFER_BYTES } = options;
  try {
    socket.setOption('make room for changes', SOL_SOCKET, SO_RCVBUF, bufferBytes);
    socket.bind();
    for (const noun of nouns) for (const group of multicastGroups[noun]) socket.join(group);
  } catch (error) {
    socket[Symbol.dispose]();
    throw error;
  }
  return changes(socket, options.signal);
}

async function* changes(
  socket: NetlinkSocket,
  signal: AbortSignal | undefined,
): AsyncGenerator<Change, void> {
  try {
    while (signal?.aborted !== true) {
      const seen = receive(socket);
      if (seen === undefined) await readable(socket, signal);
      else yield* seen;
    }
  } finally {
    socket[Symbol.dispose]();
  }
}

function receive(socket: NetlinkSocket): Change[] | undefined {
  try {
    const bytes = socket.receive();
    return bytes === undefined ? undefined : wire.parseMessages(bytes).flatMap(changeOf);
  } catch (error) {
    if (error instanceof SyscallError && error.code === 'ENOBUFS') return [{ noun: 'lost' }];
    throw error;
  }
}

async function readable(socket: NetlinkSocket, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve } = settledLater();
  using _watch = socket.watch(resolve);
  signal?.addEventListener('abort', resolve, { once: true });
  await promise;
  signal?.removeEventListener('abort', resolve);
}

function settledLater(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

const decoders: Readonly<
  Record<number, (payload: Uint8Array, change: 'new' | 'delete') => Change>
> = {
  [wire.RTM_NEWLINK]: (payload, change) => {
    return { noun: 'link', change, link: linkOf(wire.link.parse(payload)) };
  },
  [wire.RTM_NEWADDR]: (payload, change) => {
    return { noun: 'address', change, address: addressOf(wire.address.parse(payload)) };
  },
  [wire.RTM_NEWROUTE]: (payload, change) => {
    return { noun: 'route', change, route: routeOf(wire.route.parse(payload)) };
  },
  [wire.RTM_NEWNEIGH]: (payload, change) => {
    return { noun: 'neighbour', change, neighbour: neighbourOf(wire.neighbour.parse(payload)) };
  },
  [wire.RTM_NEWRULE]: (payload, change) => {
    return { noun: 'rule', change, rule: ruleOf(wire.rule.parse(payload)) };
  },
  [wire.RTM_NEWNSID]: (payload, change) => {
    const { id = -1 } = wire.namespaceId.parse(payload).attributes;
    return { noun: 'namespaceId', change, id };
  },
};

/** Types come in fours, NEW, DEL, GET, SET: rtnetlink(7). */
function changeOf({ type, payload }: wire.Message): Change[] {
  const decode = decoders[type & ~3];
  if (decode === undefined || (type & 3) > 1) return [];
  return [decode(payload, (type & 3) === 0 ? 'new' : 'delete')];
}
