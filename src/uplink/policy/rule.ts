/**
 * A rule about where flows may go: `10.0.0.0/8`, `192.0.2.1:25`, `[2001:db8::/32]:443`, `all:25`.
 * Ports may be ranges.
 */
import { NskitError } from '../../errors/index.js';
import { parsePrefix } from '../../netlink/index.js';
import { formatIp, networkOf, parseIp } from '../../wire/index.js';
import type { RejectReason } from '../flow.js';
import { canonicalNetwork } from './embedded.js';

/** Both ends included. */
export interface Ports {
  readonly first: number;
  readonly last: number;
}

export interface Rule {
  readonly action: 'allow' | 'deny';
  /** 4 or 16 bytes, no bit set behind the prefix. */
  readonly network: Uint8Array;
  readonly prefixLength: number;
  /** Undefined: every port, and ping. */
  readonly ports?: Ports | undefined;
  readonly protocol?: 'tcp' | 'udp' | undefined;
  /** Of a rule that denies: what is seen inside. */
  readonly reason?: RejectReason;
  /** As the user has written it. */
  readonly text?: string;
  /** Not written by the user: of two equals the user's wins. */
  readonly isDefault?: boolean;
}

export type Place = Pick<Rule, 'network' | 'prefixLength' | 'ports'>;

export function usage(message: string, hint?: string): NskitError {
  return new NskitError('ERR_USAGE', message, hint === undefined ? {} : { hint });
}

/** One place for each family that the text means. Throws ERR_USAGE. */
export function parsePlaces(text: string): Place[] {
  const { prefix, ports } = splitPorts(text);
  const families = prefix === 'all' ? (['inet', 'inet6'] as const) : (['inet'] as const);
  return families.map((family) => {
    const { address, length } = prefixOf(prefix, text, family);
    const network = parseIp(address) ?? new Uint8Array();
    checkNetwork(network, length, text);
    return { ...canonicalNetwork(network, length), ports };
  });
}

function prefixOf(
  prefix: string,
  text: string,
  family: 'inet' | 'inet6',
): { address: string; length: number } {
  const any = family === 'inet' ? '0.0.0.0' : '::';
  try {
    const { address = any, length } = parsePrefix(prefix, family);
    return { address, length };
  } catch {
    throw usage(`${JSON.stringify(text)} is no CIDR[:PORT]`, placeHint);
  }
}

const placeHint =
  'give it as 10.0.0.0/8, 192.0.2.1:25, [2001:db8::/32]:443, or "all" with or without a port';

/** Throws ERR_USAGE for an address that is not the network's own. */
export function checkNetwork(network: Uint8Array, prefixLength: number, text: string): void {
  const own = formatIp(networkOf(network, prefixLength));
  if (own === formatIp(network)) return;
  throw usage(
    `${text}: bits are set behind the prefix`,
    `the network is ${own}/${prefixLength}; for the one address leave the prefix out`,
  );
}

/** `[...]` around an IPv6 address and its length keeps its colons from those of a port. */
function splitPorts(text: string): { prefix: string; ports: Ports | undefined } {
  const [, inBrackets, length = '', afterBrackets] =
    /^\[([^[\]]+)\](\/\d+)?(?::(.*))?$/.exec(text) ?? [];
  if (inBrackets !== undefined) {
    return { prefix: inBrackets + length, ports: portsOf(afterBrackets, text) };
  }
  const [, prefix, ports] = /^([^:]+):(.*)$/.exec(text) ?? [];
  // More than one colon without brackets: an IPv6 address.
  if (prefix === undefined || ports?.includes(':') === true || prefix.includes('::')) {
    return { prefix: text, ports: undefined };
  }
  return { prefix, ports: portsOf(ports, text) };
}

function portsOf(text: string | undefined, whole: string): Ports | undefined {
  return text === undefined ? undefined : parsePorts(text, whole);
}

/** `25` or `8000-8100`. Throws ERR_USAGE. */
function parsePorts(text: string, whole: string): Ports {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const ports = { first: Number(first), last: Number(last) };
  const isSound = ports.first >= 1 && ports.last <= 65535 && ports.first <= ports.last;
  if (first !== undefined && isSound) return ports;
  const where = text === whole ? '' : `${JSON.stringify(whole)}: `;
  throw usage(
    `${where}${JSON.stringify(text)} is no port`,
    'a port is a number from 1 to 65535, or two of them as in 8000-8100',
  );
}

export interface HostPorts {
  readonly ports: Ports;
  readonly protocol: 'tcp' | 'udp';
}

/** Ports of the host's loopback: `5432`, `53/udp`, `8000-8100`. Throws ERR_USAGE. */
export function parseHostPorts(given: number | string): HostPorts {
  const text = String(given);
  const [, ports = '', protocol = 'tcp'] = /^(.*?)(?:\/(tcp|udp))?$/.exec(text) ?? [];
  return { ports: parsePorts(ports, text), protocol: protocol === 'udp' ? 'udp' : 'tcp' };
}
