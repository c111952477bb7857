/**
 * Which flows a capture shows: `tcp:192.0.2.1:443`, `udp:example.org:53`, `tcp:[fd00::2]:80`,
 * `icmp:192.0.2.1`, `tcp::443`, `udp`. The address and the port are those of either end.
 */
import { dns, formatIp, parseIp } from '../../wire/index.js';
import { usage } from '../policy/rule.js';
import type { FlowProtocol } from '../flow.js';
import type { PacketEnds } from './packet-ends.js';

export interface FlowFilter {
  readonly protocol: FlowProtocol;
  readonly address?: Uint8Array | undefined;
  /** As the namespace looked it up. */
  readonly name?: string | undefined;
  readonly port?: number | undefined;
}

const hint =
  'give it as tcp:HOST:PORT, udp:[ADDRESS]:PORT, icmp:HOST; without HOST or PORT it is any';

/** Throws ERR_USAGE. */
export function parseFlowFilter(text: string): FlowFilter {
  const [, protocol = '', host = '', port = ''] =
    /^(tcp|udp|icmp)(?::(\[[^[\]]*\]|[^:[\]]*)(?::(\d{1,5}))?)?$/.exec(text) ?? [];
  const number = port === '' ? undefined : Number(port);
  const isSound = protocol !== '' && (number === undefined || (number >= 1 && number <= 65_535));
  if (!isSound) throw usage(`${JSON.stringify(text)} is no flow`, hint);
  if (protocol === 'icmp' && number !== undefined) throw usage(`${text}: icmp has no ports`, hint);
  return { protocol: protocol as FlowProtocol, ...hostOf(host, text), port: number };
}

function hostOf(host: string, text: string): Pick<FlowFilter, 'address' | 'name'> {
  if (host === '') return {};
  const inBrackets = /^\[(.*)\]$/.exec(host)?.[1];
  const address = parseIp(inBrackets ?? host);
  if (address !== undefined) return { address };
  // Without brackets no address has colons, and what has nothing but digits and dots is no name.
  if (inBrackets !== undefined || /^[\d.]+$/.test(host)) {
    throw usage(`${JSON.stringify(text)}: ${host} is no address`, hint);
  }
  return { name: dns.foldName(host) };
}

/** `isNamed`: whether the flow's name is the filter's. */
export function isWanted(
  filter: FlowFilter,
  ends: PacketEnds,
  isNamed: (name: string) => boolean,
): boolean {
  const { protocol, address, name, port } = filter;
  if (protocol !== ends.protocol) return false;
  if (port !== undefined && !hasPort(ends, port)) return false;
  if (name !== undefined) return isNamed(name);
  if (address === undefined) return true;
  return isSame(address, ends.namespaceAddress) || isSame(address, ends.remoteAddress);
}

/** Fragments behind the first say no port: they are taken for what may be wanted. */
function hasPort({ namespacePort, remotePort }: PacketEnds, port: number): boolean {
  return namespacePort === port || remotePort === port || namespacePort === -1;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, i) => byte === other[i]);
}

export function filterText({ protocol, address, name, port }: FlowFilter): string {
  const shown = address === undefined ? (name ?? '') : formatIp(address);
  const host = shown.includes(':') ? `[${shown}]` : shown;
  const after = port === undefined ? '' : `:${port}`;
  return host === '' && after === '' ? protocol : `${protocol}:${host}${after}`;
}
