/** The devices, addresses and routes of a name, for the listings that show everything. */
import { namespaces, type Address, type Link, type ResolvedName, type Route } from '../index.js';
import { typedName } from './described.js';
import { linkWithAddressesJson, namesOf, routeJson } from './network-json.js';

export interface DescribedNetwork {
  readonly links: readonly Link[];
  readonly addresses: readonly Address[];
  readonly routes: readonly Route[];
}

/** Undefined for a name that is somebody else's, or went away meanwhile. */
export async function describeNetwork(found: ResolvedName): Promise<DescribedNetwork | undefined> {
  try {
    using lab = namespaces.get(typedName(found));
    const { links, addresses, routes } = lab.network;
    return {
      links: await links.list(),
      addresses: await addresses.list(),
      routes: await routes.list(),
    };
  } catch (error) {
    if (isOutOfReach(error)) return undefined;
    throw error;
  }
}

const outOfReach: ReadonlySet<unknown> = new Set(['EPERM', 'EACCES', 'ENOENT', 'ERR_NAME_UNKNOWN']);

function isOutOfReach(error: unknown): boolean {
  return outOfReach.has((error as { code?: unknown }).code);
}

/** `links` with their addresses, and `routes`, as `ip -json` has them; null when out of reach. */
export function networkJson(network: DescribedNetwork | undefined): object {
  if (network === undefined) return { links: null, routes: null };
  const { links, addresses, routes } = network;
  const names = namesOf(links);
  return {
    links: links.map((link) => linkWithAddressesJson(link, addresses, names)),
    routes: routes.map((route) => routeJson(route, names)),
  };
}

/** What somebody looking for a namespace would know it by: not loopback, not link-local. */
export function notableAddresses({ addresses }: DescribedNetwork): Address[] {
  return addresses.filter(({ scope }) => scope === 'global' || scope === 'site');
}
