/**
 * Ports to publish, in words: `8080:80`, `0.0.0.0:8080:80`, `[::1]:8000-8010:80-90`, `5353:53/udp`,
 * `0:80` (any free port of the host's).
 */
import { formatIp, parseIp } from '../../wire/index.js';
import { usage } from '../policy/rule.js';

export type PublishedProtocol = 'tcp' | 'udp';

/** One port of the host's, and where it leads. */
export interface Publishing {
  readonly protocol: PublishedProtocol;
  /** Of the host's. */
  readonly address: string;
  /** Of the host's; 0: any free one. */
  readonly port: number;
  readonly insidePort: number;
}

/** Which published ports are meant. */
export interface PublishedRange {
  readonly protocol: PublishedProtocol;
  /** Undefined: whatever the address. */
  readonly address: string | undefined;
  readonly first: number;
  readonly last: number;
}

const DEFAULT_ADDRESS = '127.0.0.1';
/** No more in one word: each is a socket. */
const RANGE_MAX = 4096;

const publishing =
  /^(?:(\[[^[\]]*\]|[^:[\]]*):)?(\d+)(?:-(\d+))?:(\d+)(?:-(\d+))?(?:\/(tcp|udp))?$/;
const published = /^(?:(\[[^[\]]*\]|[^:[\]]*):)?(\d+)(?:-(\d+))?(?:\/(tcp|udp))?$/;

/** Throws ERR_USAGE, also when two of them want the same port. */
export function parsePublishings(texts: readonly string[]): Publishing[] {
  const all = texts.flatMap(parsePublishing);
  const seen = new Set<string>();
  for (const one of all) {
    const text = publishingText(one);
    if (one.port !== 0 && seen.has(text)) throw usage(`${text} is to be published twice`);
    seen.add(text);
  }
  return all;
}

/** `127.0.0.1:8080`, `[::1]:53/udp`: a port of the host's. */
export function publishingText({ protocol, address, port }: PublishingEnd): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return `${host}:${port}${protocol === 'udp' ? '/udp' : ''}`;
}

type PublishingEnd = Pick<Publishing, 'protocol' | 'address' | 'port'>;

function parsePublishing(text: string): Publishing[] {
  const found = publishing.exec(text);
  if (found === null) {
    throw usage(
      `${JSON.stringify(text)} is no port to publish`,
      'give it as 8080:80, 0.0.0.0:8080:80, [::1]:8000-8010:80-90 or 5353:53/udp',
    );
  }
  const [, host, first = '', last = first, inside = '', insideLast = inside, protocol] = found;
  const outer = rangeOf(first, last, { text, least: 0 });
  const inner = rangeOf(inside, insideLast, { text, least: 1 });
  if (outer.count !== inner.count) {
    throw usage(`${text}: ${outer.count} of the host’s ports, but ${inner.count} inside`);
  }
  if (outer.first === 0 && outer.count > 1) throw usage(`${text}: port 0 stands alone`);
  const address = host === undefined ? DEFAULT_ADDRESS : addressOf(host, text);
  return Array.from({ length: outer.count }, (_, i) => ({
    ...{ protocol: protocol === 'udp' ? ('udp' as const) : ('tcp' as const), address },
    ...{ port: outer.first + i, insidePort: inner.first + i },
  }));
}

/** `8080`, `8080/udp`, `8000-8010`, `0.0.0.0:8080`. Throws ERR_USAGE. */
export function parsePublishedRange(text: string): PublishedRange {
  const found = published.exec(text);
  if (found === null) {
    throw usage(
      `${JSON.stringify(text)} is no published port`,
      'give the host’s port: 8080, 8000-8010, 5353/udp or 0.0.0.0:8080',
    );
  }
  const [, host, from = '', to = from, protocol] = found;
  const { first, count } = rangeOf(from, to, { text, least: 1 });
  return {
    protocol: protocol === 'udp' ? 'udp' : 'tcp',
    address: host === undefined ? undefined : addressOf(host, text),
    ...{ first, last: first + count - 1 },
  };
}

export function isInRange(range: PublishedRange, port: PublishingEnd): boolean {
  return (
    port.protocol === range.protocol &&
    (range.address === undefined || range.address === port.address) &&
    port.port >= range.first &&
    port.port <= range.last
  );
}

interface Bounds {
  readonly text: string;
  readonly least: number;
}

function rangeOf(from: string, to: string, { text, least }: Bounds): Counted {
  const [first, last] = [Number(from), Number(to)];
  for (const port of [first, last]) {
    if (port < least || port > 65_535) throw usage(`${text}: ${port} is no port`);
  }
  if (last < first) throw usage(`${text}: a range goes up, not from ${first} to ${last}`);
  const count = last - first + 1;
  if (count > RANGE_MAX) throw usage(`${text}: ${count} ports, and ${RANGE_MAX} at most`);
  return { first, count };
}

interface Counted {
  readonly first: number;
  readonly count: number;
}

function addressOf(host: string, text: string): string {
  const inBrackets = /^\[(.*)\]$/.exec(host)?.[1];
  const bytes = parseIp(inBrackets ?? host);
  const isSound = bytes !== undefined && (bytes.length === 16) === (inBrackets !== undefined);
  if (isSound) return formatIp(bytes);
  throw usage(
    `${text}: ${JSON.stringify(host)} is no address of the host’s`,
    'an IPv4 address, or an IPv6 one in brackets',
  );
}
