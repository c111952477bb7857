/**
 * Joins a place to listen to a place to connect to, in any two network namespaces: each connection
 * that arrives at one end is made anew at the other. Nothing but our own process is in between: no
 * device, no route, no address.
 */
import { DatagramTarget, openDoorway } from './datagram-ends.js';
import { DatagramRelay } from './datagram-relay.js';
import {
  checkTarget,
  isDatagram,
  type Relay,
  type RelayInternetEnd,
  type RelayOptions,
} from './ends.js';
import { StreamRelay } from './stream-relay.js';
import { StreamSource } from './stream-source.js';
import { StreamTarget } from './stream-target.js';
import { usage } from '../errors.js';

export type {
  CloseOptions,
  Relay,
  RelayCounters,
  RelayEnd,
  RelayInternetEnd,
  RelayOptions,
  RelayPlace,
  RelayUnixEnd,
} from './ends.js';

export { Acceptor, type Arrivals } from '../acceptor.js';
export { OpenConnections } from './open-connections.js';
export { WatchedSocket } from '../watched-socket.js';
export { connectDatagrams } from './datagram-ends.js';
export { ConnectedDatagrams } from './connected-datagrams.js';
export { IdleSessions, type IdleOptions } from './idle-sessions.js';
export { formatRelayEnd, parseRelayEnd, type ParsedEnd } from './end-text.js';

/** More than a resolver waits; whatever lasts longer (QUIC, a VPN) speaks more often than that. */
const IDLE_MS = 60_000;

/** Begins to relay. Throws ERR_USAGE, and what `listen` throws. */
export async function relay(options: RelayOptions): Promise<Relay> {
  const { from, to } = options;
  checkTarget(to);
  if (isDatagram(from) && isDatagram(to)) return await relayDatagrams({ ...options, from, to });
  if (!isDatagram(from) && !isDatagram(to)) return await relayStreams(options);
  throw usage('a relay has UDP at both ends, or TCP or a Unix socket at each');
}

async function relayStreams({ from, to, backlog, onRefused }: RelayOptions): Promise<Relay> {
  const target = new StreamTarget(to);
  try {
    const source = await StreamSource.open(from, backlog);
    return new StreamRelay({ source, target, onRefused });
  } catch (error) {
    target[Symbol.dispose]();
    throw error;
  }
}

interface DatagramOptions extends RelayOptions {
  readonly from: RelayInternetEnd;
  readonly to: RelayInternetEnd;
}

async function relayDatagrams(options: DatagramOptions): Promise<Relay> {
  const { from, to, onRefused, idleMs = IDLE_MS, now = () => performance.now() } = options;
  const target = new DatagramTarget(to);
  try {
    const doorway = await openDoorway(from);
    return new DatagramRelay({ doorway, target, idle: { idleMs, now }, onRefused });
  } catch (error) {
    target[Symbol.dispose]();
    throw error;
  }
}
