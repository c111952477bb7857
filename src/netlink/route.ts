/** A route, as it is listed, and the message that adds one. */
import { netlink as wire } from '../wire/index.js';
import type { Device } from './devices.js';
import { bitsOf, nameOf, numberOf } from './names-of.js';
import { familyName, formatPrefix, networkPrefix, parseAddress, parsePrefix } from './prefix.js';
import type { Family, Prefix } from './prefix.js';

export interface NextHop {
  readonly via: string | undefined;
  /** The index of the device. */
  readonly device: number;
  readonly weight: number;
  readonly flags: readonly wire.NextHopFlag[];
}

export interface Route {
  readonly family: Family;
  /** `default`, `10.0.0.0/24`, a single address. */
  readonly destination: string;
  readonly via: string | undefined;
  /** The index of the device. */
  readonly device: number | undefined;
  /** The address that packets get as their source. */
  readonly source: string | undefined;
  readonly metric: number | undefined;
  readonly table: number;
  readonly type: wire.RouteType;
  readonly scope: string;
  /** Who made it: `kernel`, `boot`, `static`, `ra`, ... */
  readonly protocol: string;
  readonly flags: readonly wire.NextHopFlag[];
  readonly metrics: wire.RouteMetrics;
  readonly nextHops: readonly NextHop[];
  readonly attributes: wire.RouteMessage['attributes'];
}

export interface NextHopOptions {
  readonly via?: string;
  readonly device?: Device;
  readonly weight?: number;
  readonly onlink?: boolean;
}

export interface RouteOptions {
  readonly via?: string;
  readonly device?: Device;
  readonly source?: string;
  readonly metric?: number;
  /** `main`, `local`, `default` or a number; by default main. */
  readonly table?: string | number;
  readonly type?: wire.RouteType;
  readonly scope?: string;
  readonly protocol?: string | number;
  /** The gateway is on the device, whatever its addresses say. */
  readonly onlink?: boolean;
  /** Of `default`: by default that of `via`, else IPv4. */
  readonly family?: Family;
  /** `mtu`, `advmss`, `congctl`, ... */
  readonly metrics?: wire.RouteMetrics;
  /** More than one way; in place of `via` and `device`. */
  readonly nextHops?: readonly NextHopOptions[];
}

/** The same with devices as indices. */
export interface ResolvedHop extends Omit<NextHopOptions, 'device'> {
  readonly device?: number | undefined;
}

export function destinationOf(text: string, options: RouteOptions): Prefix {
  const { via, nextHops = [] } = options;
  const gateway = via ?? nextHops[0]?.via;
  const family = options.family ?? (gateway?.includes(':') === true ? 'inet6' : 'inet');
  return networkPrefix(parsePrefix(text, family));
}

/** What `adds` a route is filled in as iproute2 does; to delete one, only what was said counts. */
export function routeHeader(prefix: Prefix, options: RouteOptions, adds: boolean) {
  const { type, protocol, table = 'main', onlink = false } = options;
  const number = numberOf(wire.routeTables, table, 'table');
  const header = {
    family: prefix.family,
    destinationLength: prefix.length,
    sourceLength: 0,
    tos: 0,
    table: number < 256 ? number : 0,
    protocol: numberOf(wire.routeProtocols, protocol ?? (adds ? 'boot' : 0), 'protocol'),
    type: numberOf(wire.routeTypes, type ?? (adds ? 'unicast' : 0), 'type of route'),
    flags: onlink ? wire.nextHopFlags.onlink : 0,
  };
  const scope = options.scope ?? (adds ? defaultScope(prefix, options) : 'nowhere');
  return { ...header, scope: numberOf(wire.scopes, scope, 'scope') };
}

export function routeAttributes(
  prefix: Prefix,
  options: RouteOptions,
  { own, hops }: { own: number | undefined; hops: readonly ResolvedHop[] },
): wire.RouteMessage['attributes'] {
  const { via, source, metric, metrics, table = 'main' } = options;
  const number = numberOf(wire.routeTables, table, 'table');
  return {
    destination: prefix.address,
    ...gateway(prefix.family, via),
    outputIndex: own,
    preferredSource: source === undefined ? undefined : parseAddress(source).address,
    priority: metric,
    table: number < 256 ? undefined : number,
    metrics,
    nextHops: hops.length === 0 ? undefined : hops.map((hop) => hopMessage(prefix.family, hop)),
  };
}

function hopMessage(family: number, hop: ResolvedHop): wire.NextHopMessage {
  const { via, device = 0, weight = 1, onlink = false } = hop;
  const flags = onlink ? wire.nextHopFlags.onlink : 0;
  return { flags, hops: weight - 1, index: device, attributes: gateway(family, via) };
}

/** RTA_VIA is for a gateway of the other family (RFC 5549). */
function gateway(family: number, via: string | undefined): { gateway?: string; via?: wire.Via } {
  if (via === undefined) return {};
  const found = parseAddress(via);
  return found.family === family ? { gateway: found.address } : { via: found };
}

/** As iproute2 chooses it. IPv6 has no scopes of routes. */
function defaultScope({ family }: Prefix, { type, via, nextHops = [] }: RouteOptions): string {
  if (family !== wire.AF_INET) return 'global';
  if (type === 'local' || type === 'nat') return 'host';
  if (type === 'broadcast' || type === 'multicast' || type === 'anycast') return 'link';
  const isPlain = type === undefined || type === 'unicast';
  return isPlain && via === undefined && nextHops.length === 0 ? 'link' : 'global';
}

export function routeOf({ header, attributes }: wire.RouteMessage): Route {
  const { destination, outputIndex, nextHops = [] } = attributes;
  return {
    family: familyName(header.family),
    destination: formatPrefix(destination, header.destinationLength),
    via: attributes.gateway ?? attributes.via?.address,
    device: outputIndex,
    source: attributes.preferredSource,
    metric: attributes.priority,
    table: attributes.table ?? header.table,
    type: nameOf(wire.routeTypes, header.type) as wire.RouteType,
    scope: nameOf(wire.scopes, header.scope),
    protocol: nameOf(wire.routeProtocols, header.protocol),
    flags: bitsOf(wire.nextHopFlags, header.flags),
    metrics: attributes.metrics ?? {},
    nextHops: nextHops.map(hopOf),
    attributes,
  };
}

function hopOf({ flags, hops, index, attributes }: wire.NextHopMessage): NextHop {
  return {
    via: attributes.gateway ?? attributes.via?.address,
    device: index,
    weight: hops + 1,
    flags: bitsOf(wire.nextHopFlags, flags),
  };
}
