/** The two ends of a relay: where it listens, and where it connects to. */
import type { SocketAddress } from '../../wire/index.js';
import { checkPort, unixAddress } from '../address.js';
import type { FindInside, Inside } from '../inside.js';

/** A name, held namespaces, or `host`. */
export interface RelayPlace {
  readonly findInside: FindInside;
}

export interface RelayInternetEnd {
  readonly in: RelayPlace;
  /** TCP when not said. */
  readonly protocol?: 'tcp' | 'udp' | undefined;
  /** To listen: all addresses when not said. To connect: `localhost` when not said, or a name. */
  readonly host?: string | undefined;
  /** To listen: 0 lets the kernel choose one. */
  readonly port: number;
}

export interface RelayUnixEnd {
  readonly in: RelayPlace;
  /** Of a stream socket; with a NUL in front an abstract name, as in Node. */
  readonly path: string;
}

export type RelayEnd = RelayInternetEnd | RelayUnixEnd;

export interface RelayOptions {
  readonly from: RelayEnd;
  readonly to: RelayEnd;
  /** Connections that may wait to be accepted; 4096 when not said. */
  readonly backlog?: number | undefined;
  /** UDP: a client that neither sends nor gets anything for so long is forgotten; 60,000. */
  readonly idleMs?: number | undefined;
  /** Milliseconds on a clock that never goes back. */
  readonly now?: (() => number) | undefined;
  /** Told of each connection that was refused, and why. */
  readonly onRefused?: ((reason: unknown) => void) | undefined;
}

export interface RelayCounters {
  /** Connections (of UDP: clients) now. */
  readonly open: number;
  /** Those that there have been, with the ones refused. */
  readonly total: number;
  /** Those whose other end could not be reached, or for which no descriptor was left. */
  readonly refused: number;
  readonly bytesToTarget: number;
  readonly bytesToClient: number;
}

export interface CloseOptions {
  /** Aborting cuts what is still open. */
  readonly signal?: AbortSignal | undefined;
}

export interface Relay extends AsyncDisposable {
  /** Where it listens; a port that was 0 is known. */
  readonly address: SocketAddress;
  readonly counters: RelayCounters;
  /**
   * Lets nobody in any more, and waits until the last connection has ended. Clients of UDP, which
   * never says that it ends, are forgotten at once. Disposing cuts everything.
   */
  close(options?: CloseOptions): Promise<void>;
}

export function isDatagram(end: RelayEnd): end is RelayInternetEnd {
  return 'port' in end && end.protocol === 'udp';
}

/** Throws ERR_USAGE at once for what would refuse every connection later. */
export function checkTarget(to: RelayEnd): void {
  if ('path' in to) unixAddress(to.path);
  else checkPort(to.port);
}

/**
 * The namespaces of a place, held open: a relay joins those that it began with, whatever becomes
 * of their names, as any socket does.
 */
export interface HeldPlace extends Disposable {
  readonly find: FindInside;
}

export function holdPlace({ findInside }: RelayPlace): HeldPlace {
  const inside: Inside = findInside();
  return {
    find: () => ({ ...inside, [Symbol.dispose]: () => undefined }),
    [Symbol.dispose]: () => {
      inside[Symbol.dispose]();
    },
  };
}
