/** Devices, addresses and routes as a person reads them. */
import type { Address, Link, NextHop, Route } from '../index.js';
import { columns } from './columns.js';
import {
  deviceName,
  hardwareType,
  shownFlags,
  tableName,
  type DeviceNames,
} from './network-json.js';

export function linkTable(links: readonly Link[], names: DeviceNames): string {
  const rows = links.map((link) => [
    linkName(link, names),
    link.kind ?? hardwareType(link),
    link.state,
    String(link.mtu),
    link.address ?? '-',
    link.master === undefined ? '-' : deviceName(link.master, names),
    shownFlags(link).join(','),
  ]);
  return columns(['DEVICE', 'KIND', 'STATE', 'MTU', 'ADDRESS', 'MASTER', 'FLAGS'], rows);
}

/** `v0@v1`; `v0@if2` when the other end is in another namespace. */
export function linkName({ name, link, linkNamespaceId }: Link, names: DeviceNames): string {
  if (link === undefined || link === 0) return name;
  const other = linkNamespaceId === undefined ? deviceName(link, names) : `if${link}`;
  return `${name}@${other}`;
}

export function addressTable(addresses: readonly Address[], names: DeviceNames): string {
  const rows = addresses.map((address) => [
    deviceName(address.device, names),
    addressText(address),
    address.scope,
    lifetime(address),
    address.flags.filter((flag) => flag !== 'permanent').join(',') || '-',
  ]);
  return columns(['DEVICE', 'ADDRESS', 'SCOPE', 'VALID', 'FLAGS'], rows);
}

export function addressText({ address, peer, prefixLength }: Address): string {
  return peer === undefined
    ? `${address}/${prefixLength}`
    : `${address} peer ${peer}/${prefixLength}`;
}

function lifetime({ validSeconds }: Address): string {
  return validSeconds === Infinity ? 'forever' : `${validSeconds}s`;
}

/** As `ip route` prints it. */
export function routeText(route: Route, names: DeviceNames): string {
  const { type, destination, via, device, source, metric, metrics, protocol, scope } = route;
  const words = [
    ...(type === 'unicast' ? [] : [type]),
    destination,
    ...(via === undefined ? [] : [`via ${via}`]),
    ...(device === undefined ? [] : [`dev ${deviceName(device, names)}`]),
    ...(tableName(route.table) === 'main' ? [] : [`table ${tableName(route.table)}`]),
    ...(protocol === 'boot' || protocol === 'unspec' ? [] : [`proto ${protocol}`]),
    ...(scope === 'global' ? [] : [`scope ${scope}`]),
    ...(source === undefined ? [] : [`src ${source}`]),
    ...(metric === undefined ? [] : [`metric ${metric}`]),
    ...Object.entries(metrics).map(([name, value]) => `${name} ${String(value)}`),
    ...route.flags,
    ...route.nextHops.map((hop) => `nexthop ${hopText(hop, names)}`),
  ];
  return words.join(' ');
}

function hopText({ via, device, weight, flags }: NextHop, names: DeviceNames): string {
  const gateway = via === undefined ? [] : [`via ${via}`];
  return [...gateway, `dev ${deviceName(device, names)}`, `weight ${weight}`, ...flags].join(' ');
}
