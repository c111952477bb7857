/** A host socket on its way out: made, bound to an address or an interface, connected. */
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  emitSocketAddress,
  type SocketAddress,
} from '../wire/index.js';
import type { Outbound } from './decision.js';
import {
  EAFNOSUPPORT,
  bind,
  connect,
  openSocket,
  options,
  setBytesOption,
} from './socket-calls.js';

const domains = { inet: AF_INET, inet6: AF_INET6, unix: AF_UNIX } as const;
export type Family = keyof typeof domains;

export interface Wanted {
  readonly type: number;
  /** Those of the families that may be connected to. */
  readonly protocols: Readonly<Partial<Record<Family, number>>>;
  readonly to: SocketAddress;
  readonly from?: Outbound | undefined;
  /** Options that count before it connects. */
  readonly prepare: (fd: number, family: Family) => void;
}

export interface Opened {
  /** -1: there is none. */
  readonly fd: number;
  /** Of the first call that failed, or of connect(2): 0, or a negative errno. */
  readonly answer: number;
}

export function openOutbound({ type, protocols, to, from, prepare }: Wanted): Opened {
  const family = familyOf(to);
  const protocol = family === undefined ? undefined : protocols[family];
  if (family === undefined || protocol === undefined) return { fd: -1, answer: EAFNOSUPPORT };
  const fd = openSocket(domains[family], type, protocol);
  if (fd < 0) return { fd: -1, answer: fd };
  prepare(fd, family);
  const bound = from === undefined || family === 'unix' ? 0 : bindTo(fd, family, from);
  return { fd, answer: bound < 0 ? bound : connect(fd, emitSocketAddress(to)) };
}

export function familyOf({ family }: SocketAddress): Family | undefined {
  return family in domains ? (family as Family) : undefined;
}

/** An ordinary user may name an interface since Linux 5.7. */
function bindTo(fd: number, family: 'inet' | 'inet6', { address, device }: Outbound): number {
  if (device !== undefined) {
    const name = new TextEncoder().encode(`${device}\0`);
    const answer = setBytesOption(fd, options.device, name);
    if (answer < 0) return answer;
  }
  if (address === undefined) return 0;
  return bind(fd, emitSocketAddress({ family, address, port: 0 }));
}
