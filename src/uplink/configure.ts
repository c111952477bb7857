/** The namespace's side of the link, set from outside by netlink: device, addresses, routes. */
import { forgiving, runProgram, writeFile, type Program } from '../native/index.js';
import type { Network, Routes } from '../netlink/index.js';
import type { FindInside } from '../sockets/index.js';
import type { FamilySettings, StackSettings } from '../stack/index.js';
import { formatIp } from '../wire/index.js';

export interface Configuration {
  readonly device: string;
  readonly settings: StackSettings;
}

export async function configure(
  network: Network,
  { device, settings }: Configuration,
): Promise<void> {
  const { ipv4, ipv6, mtu, guestMac } = settings;
  await network.links.up('lo');
  await network.links.set(device, { mtu, address: formatMac(guestMac) });
  if (ipv4 !== undefined) await addAddress(network, device, ipv4);
  if (ipv6 !== undefined) await addAddress(network, device, ipv6);
  await network.links.up(device);
  if (ipv4 !== undefined) await addDefault(network.routes, device, ipv4);
  if (ipv6 !== undefined && settings.ipv6IsDefault === true) {
    await addDefault(network.routes, device, ipv6);
  }
}

/** The default route comes and goes with the host's. What somebody inside has changed stays so. */
export async function followDefault(
  routes: Routes,
  { device, family, isThere }: { device: string; family: FamilySettings; isThere: boolean },
): Promise<void> {
  try {
    if (isThere) await addDefault(routes, device, family);
    else await routes.delete('default', { via: formatIp(family.gateway), device });
  } catch {
    // The namespace goes, its owner has closed it, or somebody inside was quicker.
  }
}

async function addAddress(network: Network, device: string, family: FamilySettings): Promise<void> {
  const address = `${formatIp(family.guest)}/${family.prefixLength}`;
  // Nobody else is on this link: the address can be used at once.
  await network.addresses.replace(address, { device, nodad: true });
}

async function addDefault(routes: Routes, device: string, family: FamilySettings): Promise<void> {
  const via = formatIp(family.gateway);
  await routes.replace('default', { via, device });
}

export function formatMac(mac: Uint8Array): string {
  return [...mac].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

const PING_GROUP_RANGE = '/proc/sys/net/ipv4/ping_group_range';
/** Each is possible where so many groups are mapped; the last that is taken counts. */
const groupRanges = ['0 0', '0 65535', '0 2147483647'];

/** Lets everybody inside ping without a raw socket. Where it cannot be set, ping needs one. */
export function allowPing(find: FindInside): void {
  using inside = find();
  const write = (range: string): Program =>
    writeFile('let everybody inside ping', PING_GROUP_RANGE, range).map((s) => forgiving(s));
  const program = [...inside.enter, ...groupRanges.flatMap(write)];
  runProgram(program, { in: inside.enter.length === 0 ? 'here' : 'child' });
}

/** 127.0.0.1 is answered for on this device, and answers leave by it: for published ports. */
export function openLoopback(find: FindInside, device: string): void {
  using inside = find();
  const path = `/proc/sys/net/ipv4/conf/${device}/route_localnet`;
  const program = [...inside.enter, ...writeFile('lead published ports to 127.0.0.1', path, '1')];
  runProgram(program, { in: inside.enter.length === 0 ? 'here' : 'child' });
}
