/** Devices, addresses and routes in the shape of `ip -json`, so that what reads one reads both. */
import type { Address, Link, NextHop, Route } from '../index.js';

/** Listings show names; netlink speaks of indices. */
export type DeviceNames = ReadonlyMap<number, string>;

export function namesOf(links: readonly Link[]): DeviceNames {
  return new Map(links.map(({ index, name }) => [index, name]));
}

/** ARPHRD_*, as iproute2 names them. */
const hardwareTypes: Readonly<Record<number, string>> = {
  1: 'ether',
  512: 'ppp',
  768: 'ipip',
  769: 'tunnel6',
  772: 'loopback',
  776: 'sit',
  778: 'gre',
  65534: 'none',
};

export function hardwareType({ hardwareType: number }: Link): string {
  return hardwareTypes[number] ?? `[${number}]`;
}

export function linkJson(link: Link, names: DeviceNames): object {
  const { index, name, mtu, qdisc, state, txQueueLength, address, broadcast } = link;
  return {
    ifindex: index,
    ...otherEnd(link, names),
    ifname: name,
    flags: shownFlags(link),
    mtu,
    qdisc,
    ...(link.master === undefined ? {} : { master: deviceName(link.master, names) }),
    operstate: state,
    ...(link.attributes.linkMode === 1 ? { linkmode: 'DORMANT' } : { linkmode: 'DEFAULT' }),
    group: link.group === 0 ? 'default' : String(link.group),
    txqlen: txQueueLength,
    link_type: hardwareType(link),
    address,
    broadcast,
    ...(link.alias === undefined ? {} : { ifalias: link.alias }),
    ...(link.alternativeNames.length === 0 ? {} : { altnames: link.alternativeNames }),
    ...(link.kind === undefined ? {} : { linkinfo: { info_kind: link.kind } }),
  };
}

/** What `link` is the index of lies in this namespace, and has a name, or in another. */
function otherEnd({ link, linkNamespaceId }: Link, names: DeviceNames): object {
  if (link === undefined || link === 0) return {};
  if (linkNamespaceId !== undefined) return { link_index: link, link_netnsid: linkNamespaceId };
  return { link: deviceName(link, names) };
}

/** As `ip` shows them: RUNNING is told by its absence. */
export function shownFlags({ flags, up }: Link): string[] {
  const isRunning = flags.includes('RUNNING');
  const shown = flags.filter((flag) => flag !== 'RUNNING');
  return up && !isRunning ? ['NO-CARRIER', ...shown] : shown;
}

const FOREVER = 0xffffffff;

export function addressJson(address: Address): object {
  const { family, prefixLength, broadcast, scope, label, peer, flags } = address;
  const shown = flags.filter((flag) => flag !== 'permanent');
  return {
    family,
    local: address.address,
    ...(peer === undefined ? {} : { address: peer }),
    prefixlen: prefixLength,
    ...(broadcast === undefined ? {} : { broadcast }),
    scope,
    ...(flags.includes('permanent') ? {} : { dynamic: true }),
    ...Object.fromEntries(shown.map((flag) => [flag, true])),
    ...(label === undefined ? {} : { label }),
    valid_life_time: seconds(address.validSeconds),
    preferred_life_time: seconds(address.preferredSeconds),
  };
}

function seconds(value: number): number {
  return value === Infinity ? FOREVER : value;
}

/** A device with its addresses, as `ip -json address` has it. */
export function linkWithAddressesJson(
  link: Link,
  addresses: readonly Address[],
  names: DeviceNames,
): object {
  const own = addresses.filter(({ device }) => device === link.index);
  return { ...linkJson(link, names), addr_info: own.map(addressJson) };
}

export function routeJson(route: Route, names: DeviceNames): object {
  const { type, destination, via, device, protocol, scope, source, metric, metrics } = route;
  return {
    ...(type === 'unicast' ? {} : { type }),
    dst: destination,
    ...(via === undefined ? {} : { gateway: via }),
    ...(device === undefined ? {} : { dev: deviceName(device, names) }),
    ...(route.table === MAIN_TABLE ? {} : { table: tableName(route.table) }),
    ...(protocol === 'boot' || protocol === 'unspec' ? {} : { protocol }),
    ...(scope === 'global' ? {} : { scope }),
    ...(source === undefined ? {} : { prefsrc: source }),
    ...(metric === undefined ? {} : { metric }),
    ...preference(route),
    flags: route.flags,
    ...(Object.keys(metrics).length === 0 ? {} : { metrics: [metrics] }),
    ...(route.nextHops.length === 0 ? {} : { nexthops: route.nextHops.map(hopJson(names)) }),
  };
}

/** RFC 4191: of an IPv6 route, as a router announced it. */
function preference({ attributes }: Route): object {
  const words: Readonly<Record<number, string>> = { 0: 'medium', 1: 'high', 3: 'low' };
  const { preference: number } = attributes;
  return number === undefined ? {} : { pref: words[number] };
}

const MAIN_TABLE = 254;

export function tableName(table: number): string {
  const names: Readonly<Record<number, string>> = { 253: 'default', 254: 'main', 255: 'local' };
  return names[table] ?? String(table);
}

function hopJson(names: DeviceNames) {
  return ({ via, device, weight, flags }: NextHop): object => {
    const gateway = via === undefined ? {} : { gateway: via };
    return { ...gateway, dev: deviceName(device, names), weight, flags };
  };
}

export function deviceName(index: number, names: DeviceNames): string {
  return names.get(index) ?? `if${index}`;
}
