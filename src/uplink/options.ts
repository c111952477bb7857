/** What users say about an uplink, checked, and the virtual network that follows from it. */
import { existsSync } from 'node:fs';
import type { FamilySettings } from '../stack/index.js';
import { formatIp, parseIp } from '../wire/index.js';
import type { Outbound } from './decision.js';
import type { FlowHook, Report } from './flow.js';
import { checkLimits, type UplinkLimits } from './limits.js';
import type { AccessOptions } from './policy/access.js';
import { closedTable } from './policy/defaults.js';
import { checkNetwork, usage } from './policy/rule.js';
import { parsePublishings } from './publish/request.js';

/** Each: an address of the host's to send from, or an interface (SO_BINDTODEVICE). */
export interface OutboundOptions {
  readonly ipv4?: string | undefined;
  readonly ipv6?: string | undefined;
  readonly device?: string | undefined;
}

export interface UplinkOptions extends AccessOptions {
  /** Of the device in bytes: 68, with IPv6 1280, to 65520 (when not said). */
  readonly mtu?: number | undefined;
  /** The virtual network: 10.0.2.0/24 and fd00::/64 when not said; one for each family. */
  readonly cidr?: string | readonly string[] | undefined;
  /** False: no IPv6 address inside. When not said, as the kernel has it. */
  readonly ipv6?: boolean | undefined;
  /** False: nobody answers at the DNS server's address, and /etc/resolv.conf is the host's. */
  readonly dns?: boolean | undefined;
  /** Names that the DNS server answers by itself, each with an address or several. */
  readonly hosts?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** An address, an interface, or several of different kinds. */
  readonly outbound?: string | readonly string[] | OutboundOptions | undefined;
  /** Is asked about each flow before the rules. */
  readonly onFlow?: FlowHook | undefined;
  /** Is told what went wrong in a hook or a handler; a warning of the process when not said. */
  readonly onFlowError?: Report | undefined;
  /** How long a hook may take before its flow is rejected: 10000 when not said. */
  readonly hookTimeoutMs?: number | undefined;
  /** Ports of the host's that lead inside: `8080:80`, `0.0.0.0:8000-8010:80-90`, `5353:53/udp`. */
  readonly publish?: readonly string[] | undefined;
  /** They lead to 127.0.0.1 inside, where servers listen that are meant for nobody else. */
  readonly publishLoopback?: boolean | undefined;
  /** How bytes for the namespace wait: in the host's socket (`peek`, Linux 6.9) or here (`ring`). */
  readonly streams?: 'peek' | 'ring' | undefined;
  /** What the namespace may take of whoever carries it; the stack's own limits when not said. */
  readonly limits?: UplinkLimits | undefined;
}

export interface UplinkPlan {
  readonly mtu: number;
  readonly ipv4: FamilySettings;
  readonly ipv6: FamilySettings | undefined;
  readonly outbound: { readonly ipv4: Outbound; readonly ipv6: Outbound };
}

export const MTU_MAX = 65_520;
/** RFC 791 and RFC 8200 section 5. */
const MTU_MIN = { ipv4: 68, ipv6: 1280 };

/** Throws ERR_USAGE. */
export function uplinkPlan(options: UplinkOptions = {}): UplinkPlan {
  const { ipv6: wantsIPv6 = kernelHasIPv6(), mtu = MTU_MAX } = options;
  checkMtu(mtu, wantsIPv6);
  parsePublishings(options.publish ?? []);
  checkLimits(options.limits);
  const networks = networksOf(options.cidr);
  if (!wantsIPv6 && networks.hasOwnIPv6) throw usage('an IPv6 network, but no IPv6');
  return {
    mtu,
    ipv4: networks.ipv4,
    ipv6: wantsIPv6 ? networks.ipv6 : undefined,
    outbound: outboundOf(options.outbound),
  };
}

/** Not with ipv6.disable=1 on the kernel's command line, nor without the module. */
function kernelHasIPv6(): boolean {
  return existsSync('/proc/net/if_inet6');
}

export function familiesOf({ ipv4, ipv6 }: UplinkPlan): FamilySettings[] {
  return ipv6 === undefined ? [ipv4] : [ipv4, ipv6];
}

function checkMtu(mtu: number, withIPv6: boolean): void {
  const least = withIPv6 ? MTU_MIN.ipv6 : MTU_MIN.ipv4;
  if (Number.isInteger(mtu) && mtu >= least && mtu <= MTU_MAX) return;
  const message = `an MTU is a whole number from ${least} to ${MTU_MAX}, not ${mtu}`;
  throw usage(message, mtu < least && withIPv6 ? 'less than 1280 takes --no-ipv6' : undefined);
}

interface Networks {
  readonly ipv4: FamilySettings;
  readonly ipv6: FamilySettings;
  readonly hasOwnIPv6: boolean;
}

function networksOf(given: UplinkOptions['cidr'] = []): Networks {
  const texts = typeof given === 'string' ? [given] : given;
  const families = texts.map(parseCidr);
  const [ipv4, ...more4] = families.filter(({ network }) => network.length === 4);
  const [ipv6, ...more6] = families.filter(({ network }) => network.length === 16);
  if (more4.length + more6.length > 0) {
    throw usage(`more than one network of a family: ${texts.join(', ')}`);
  }
  return {
    ipv4: ipv4 ?? parseCidr('10.0.2.0/24'),
    ipv6: ipv6 ?? parseCidr('fd00::/64'),
    hasOwnIPv6: ipv6 !== undefined,
  };
}

/** Room for the addresses below: the guest's is the last. */
const PREFIX_MAX = { 4: 25, 16: 112 };

/** slirp4netns's places in the network: gateway .2, DNS .3, the namespace .100. */
function parseCidr(text: string): FamilySettings {
  const [, address = '', length] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const network = parseIp(address);
  if (network === undefined) {
    throw usage(`${JSON.stringify(text)} is no network`, 'give it as 10.0.2.0/24 or fd00::/64');
  }
  const most = PREFIX_MAX[network.length === 4 ? 4 : 16];
  const prefixLength = Number(length);
  if (prefixLength < 1 || prefixLength > most) {
    throw usage(`${text}: a prefix from 1 to ${most} leaves room for the addresses in it`);
  }
  checkNetwork(network, prefixLength, text);
  checkUsable(network, text);
  const at = (host: number[]): Uint8Array => {
    const bytes = network.slice();
    bytes.set(host, bytes.length - host.length);
    return bytes;
  };
  const guest = network.length === 4 ? [100] : [1, 0];
  return { network, prefixLength, gateway: at([2]), dns: at([3]), guest: at(guest) };
}

function checkUsable(network: Uint8Array, text: string): void {
  const closed = closedTable().find({ protocol: 'tcp', address: network, port: 0 });
  if (closed === undefined) return;
  throw usage(`${text} is no network for programs`, 'take a private one: 10.0.2.0/24, fd00::/64');
}

function outboundOf(given: UplinkOptions['outbound'] = {}): UplinkPlan['outbound'] {
  const { ipv4, ipv6, device } = isObject(given) ? given : outboundFrom([given].flat());
  checkAddress(ipv4, 4);
  checkAddress(ipv6, 16);
  if (device !== undefined && !/^[^/\s]{1,15}$/.test(device)) {
    throw usage(`${JSON.stringify(device)} is no name for an interface`);
  }
  return { ipv4: { address: ipv4, device }, ipv6: { address: ipv6, device } };
}

function isObject(given: string | readonly string[] | OutboundOptions): given is OutboundOptions {
  return typeof given === 'object' && !Array.isArray(given);
}

function outboundFrom(texts: readonly string[]): OutboundOptions {
  const kinds = texts.map((text): keyof OutboundOptions => {
    const bytes = parseIp(text);
    if (bytes === undefined) return 'device';
    return bytes.length === 4 ? 'ipv4' : 'ipv6';
  });
  if (new Set(kinds).size < kinds.length) {
    throw usage(`two of a kind to send from: ${texts.join(', ')}`);
  }
  return Object.fromEntries(texts.map((text, i) => [kinds[i] ?? 'device', text]));
}

function checkAddress(text: string | undefined, length: 4 | 16): void {
  if (text === undefined) return;
  const bytes = parseIp(text);
  if (bytes?.length === length) return;
  const family = length === 4 ? 'IPv4' : 'IPv6';
  throw usage(`${JSON.stringify(text)} is no ${family} address to send from`);
}

/** As hosts(5) has them. Throws ERR_USAGE. */
export function hostsText({ hosts = {} }: UplinkOptions): string {
  const lines = Object.entries(hosts).flatMap(([name, addresses]) =>
    [addresses].flat().map((address) => {
      if (parseIp(address) === undefined) throw usage(`${name}: ${address} is no IP address`);
      if (/[\s#]/.test(name) || name === '') throw usage(`${JSON.stringify(name)} is no host name`);
      return `${address} ${name}\n`;
    }),
  );
  return lines.join('');
}

/** As text, for people and for `ip`. */
export interface FamilyAddresses {
  /** The gateway, which stands for the host's loopback. */
  readonly gateway: string;
  /** The DNS server. */
  readonly dns: string;
  /** The namespace itself. */
  readonly guest: string;
}

export function describeFamily(family: FamilySettings): FamilyAddresses {
  return {
    gateway: formatIp(family.gateway),
    dns: formatIp(family.dns),
    guest: formatIp(family.guest),
  };
}
