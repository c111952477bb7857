/** The two ends of a forward, from words to a relay. */
import { resolve as absolute } from 'node:path';
import { SYSTEM_PREFIX, resolveName, type ResolvedName } from '../namespaces/index.js';
import {
  formatRelayEnd,
  parseRelayEnd,
  relay,
  type ParsedEnd,
  type Relay,
  type RelayEnd,
  type RelayOptions,
} from '../sockets/index.js';
import { NamedNamespace } from './named-namespace.js';
import { host } from './networked.js';

/** What stands for the host where a name could be. */
const HOST = 'host';

export interface ForwardEnds {
  readonly from: ParsedEnd;
  readonly to: ParsedEnd;
  /** The names among them, as they are now. */
  readonly names: readonly ResolvedName[];
}

/** Throws ERR_USAGE, ERR_NAME_UNKNOWN. */
export function readForwardEnds(from: string, to: string): ForwardEnds {
  const ends = {
    from: local(withAbsolutePath(parseRelayEnd(from))),
    to: withAbsolutePath(parseRelayEnd(to)),
  };
  const places = new Set([ends.from.place, ends.to.place]);
  const names = [...places].filter((place) => place !== HOST).map(resolveName);
  return { ...ends, names };
}

/** Begins to relay between them; the same ends, with the port that was chosen. */
export async function relayEnds(
  { from, to, names }: ForwardEnds,
  options: Pick<RelayOptions, 'onRefused'> = {},
): Promise<{ made: Relay; ends: ForwardEnds }> {
  const made = await relay({ from: placed(from), to: placed(to), ...options });
  const { address } = made;
  const port = 'port' in address ? { port: address.port } : {};
  return { made, ends: { from: { ...from, ...port }, to, names } };
}

export function forwardWords({ from, to }: ForwardEnds): { from: string; to: string } {
  return { from: formatRelayEnd(from), to: formatRelayEnd(to) };
}

/** How a record names what a name meant. */
export function recordedName({ name, system }: ResolvedName): string {
  return system ? SYSTEM_PREFIX + name : name;
}

/** On the host whoever says no address means the machine itself, not the networks it is in. */
function local(from: ParsedEnd): ParsedEnd {
  if ('path' in from || from.place !== HOST) return from;
  return { ...from, host: from.host ?? '127.0.0.1' };
}

/** A process in the background has another working directory. */
function withAbsolutePath(end: ParsedEnd): ParsedEnd {
  if (!('path' in end) || end.path.startsWith('\0')) return end;
  return { ...end, path: absolute(end.path) };
}

function placed({ place, ...end }: ParsedEnd): RelayEnd {
  return { ...end, in: place === HOST ? host : new NamedNamespace(place) };
}
