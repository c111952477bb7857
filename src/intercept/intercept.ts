/**
 * Everything that programs of a network namespace send out is ours to answer: the kernel's own TCP
 * and UDP end it inside, at sockets of this process, and a handler says what becomes of it. No
 * device, no network, no stack of our own; and a destination that refuses, cannot be reached or is
 * silent looks so from inside.
 */
import { performance } from 'node:perf_hooks';
import { NskitError } from '../errors/index.js';
import { NamespaceFile } from '../namespaces/index.js';
import { Network, nft } from '../netlink/index.js';
import { Acceptor, type FindInside, type IdleOptions } from '../sockets/index.js';
import { AnsweringSockets } from './answering-sockets.js';
import { Connections } from './connections.js';
import type { IpFamily } from './constants.js';
import { Datagrams } from './datagrams.js';
import { Deciding, type Reports } from './deciding.js';
import { familiesOfHost } from './families.js';
import type { InterceptHandler } from './flow.js';
import { Gate } from './gate.js';
import { openListeners, type FamilyListeners } from './listeners.js';
import { LocalRoutes } from './routes.js';
import { tableOf } from './tables.js';
import { Undo } from './undo.js';
import { Upstream } from './upstream.js';

/** A name, or held namespaces. */
export interface Interceptable {
  readonly findInside: FindInside;
  readonly network: Network;
}

export interface InterceptOptions extends Reports, Partial<IdleOptions> {
  /** By default those that this program's own network has a way out by. */
  readonly families?: readonly IpFamily[] | undefined;
}

export interface Interception extends AsyncDisposable {
  readonly families: readonly IpFamily[];
  /** Flows that are open: connections that are carried, and UDP. */
  readonly open: number;
  /** Cuts what is open, and leaves the namespace as it was. */
  close(): Promise<void>;
}

/** As long as a relay keeps a client of UDP. */
const IDLE_MS = 60_000;

/** Throws ERR_INTERCEPTED, ERR_USAGE, NetlinkError. */
export async function intercept(
  place: Interceptable,
  handler: InterceptHandler,
  options: InterceptOptions = {},
): Promise<Interception> {
  const families = options.families ?? (await familiesOfHost());
  const undo = new Undo();
  try {
    const way = await leadHere(place, families, undo);
    const deciding = new Deciding(handler, undo.add(new Upstream()), options);
    const open = serve(way, deciding, { undo, options });
    return {
      families,
      get open() {
        return open();
      },
      close: () => undo.all(),
      [Symbol.asyncDispose]: () => undo.all(),
    };
  } catch (error) {
    await undo.all();
    throw error;
  }
}

interface Way {
  readonly find: FindInside;
  readonly listeners: readonly FamilyListeners[];
  readonly gate: Gate;
}

/** From here on all flows that leave come to our sockets, and wait there. */
async function leadHere(
  place: Interceptable,
  families: readonly IpFamily[],
  undo: Undo,
): Promise<Way> {
  // Of our own, so that it stays open whatever becomes of the caller's handle.
  const network = undo.add(new Network({ path: `/proc/self/fd/${place.network.file.fd}` }));
  refuseOwn(network.file);
  const inside = undo.add(place.findInside());
  const find: FindInside = () => ({ ...inside, [Symbol.dispose]: () => undefined });
  const listeners = await openListeners(find, families);
  for (const each of listeners) undo.add(each);
  const gate = undo.add(await Gate.open(find));
  // Before the routes, because what they lead here must find the filter.
  await addTables(undo.add(new nft.NfTables(network.file)), listeners);
  const routes = new LocalRoutes({ network, find, families });
  undo.addStep(() => routes.remove());
  await routes.add();
  return { find, listeners, gate };
}

/** Answers how many flows are open. */
function serve(
  { find, listeners, gate }: Way,
  deciding: Deciding,
  { undo, options }: { readonly undo: Undo; readonly options: InterceptOptions },
): () => number {
  const { idleMs = IDLE_MS, now = () => performance.now() } = options;
  const connections = undo.add(new Connections(gate, deciding));
  const answering = undo.add(new AnsweringSockets(find));
  const doorways = listeners.map(({ udp }) => udp);
  const idle = { idleMs, now };
  const datagrams = undo.add(new Datagrams({ doorways, answering, gate, deciding, idle }));
  for (const { tcp } of listeners) {
    const arrivals = {
      onConnection: (fd: number) => connections.onConnection(fd),
      onRefused: () => undefined,
    };
    undo.add(new Acceptor(tcp.descriptor, arrivals));
  }
  gate.start((syn) => {
    connections.onSyn(syn);
  });
  return () => connections.open.size + datagrams.open;
}

function refuseOwn(network: NamespaceFile): void {
  using own = NamespaceFile.ofProcess('self', 'net');
  if (own.id !== network.id) return;
  throw new NskitError('ERR_USAGE', 'this program’s own network cannot be intercepted', {
    hint: 'its own connections would come back to it; intercept another namespace',
  });
}

async function addTables(
  filter: nft.NfTables,
  listeners: readonly FamilyListeners[],
): Promise<void> {
  try {
    await filter.add(listeners.map(({ family, ports }) => tableOf(family, ports)));
  } catch (error) {
    const { code = '' } = error as { code?: string };
    if (code !== 'EPERM' && code !== 'EEXIST') throw error;
    throw new NskitError('ERR_INTERCEPTED', 'this namespace is intercepted already', {
      cause: error,
    });
  }
}
