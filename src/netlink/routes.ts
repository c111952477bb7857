/** Routing tables: `ip route`. */
import { NskitError } from '../errors/index.js';
import { netlink as wire } from '../wire/index.js';
import type { Conversation } from './conversation.js';
import { indexOf, type Device } from './devices.js';
import { numberOf } from './names-of.js';
import { familyNumber, parseAddress, type Family } from './prefix.js';
import { APPEND, CREATE, REPLACE } from './request.js';
import {
  destinationOf,
  routeAttributes,
  routeHeader,
  routeOf,
  type ResolvedHop,
  type Route,
  type RouteOptions,
} from './route.js';

export interface RouteFilter {
  /** `main` when not said; `all`. */
  readonly table?: string | number;
  readonly family?: Family;
  readonly device?: Device;
}

export class Routes {
  readonly #conversation: Conversation;

  constructor(conversation: Conversation) {
    this.#conversation = conversation;
  }

  /** Like `ip route show`, and `ip -6 route show`: both families when none is said. */
  async list({ table = 'main', family, device }: RouteFilter = {}): Promise<Route[]> {
    const wanted = table === 'all' ? undefined : numberOf(wire.routeTables, table, 'table');
    const index = device === undefined ? undefined : await indexOf(this.#conversation, device);
    const header = { ...emptyHeader, family: familyNumber(family) };
    const replies = await this.#conversation.dump({
      type: wire.RTM_GETROUTE,
      payload: wire.route.emit({ header, attributes: {} }),
      step: 'list the routes',
      body: wire.route,
    });
    return replies
      .map(({ payload }) => wire.route.parse(payload))
      .filter(({ header: { flags, family: of } }) => isListed(of, flags))
      .map(routeOf)
      .filter((route) => wanted === undefined || route.table === wanted)
      .filter((route) => index === undefined || usesDevice(route, index));
  }

  /** Like `ip route get ADDRESS`: the way a packet would take. Throws NetlinkError, ENETUNREACH. */
  async get(address: string, options: { readonly source?: string } = {}): Promise<Route> {
    const { family, address: destination } = parseAddress(address);
    const length = family === wire.AF_INET ? 32 : 128;
    const { source } = options;
    const sourceLength = source === undefined ? 0 : length;
    const header = { ...emptyHeader, family, destinationLength: length, sourceLength };
    const [reply] = await this.#conversation.request({
      type: wire.RTM_GETROUTE,
      payload: wire.route.emit({ header, attributes: { destination, source } }),
      step: `find the route to ${address}`,
      body: wire.route,
    });
    return routeOf(wire.route.parse(reply?.payload ?? new Uint8Array()));
  }

  /** Like `ip route add DESTINATION via GATEWAY dev DEVICE`. Throws NetlinkError, EEXIST. */
  async add(destination: string, options: RouteOptions): Promise<void> {
    await this.#change({ destination, options, flags: CREATE, verb: 'add' });
  }

  /** Like `ip route replace ...`. */
  async replace(destination: string, options: RouteOptions): Promise<void> {
    await this.#change({ destination, options, flags: REPLACE, verb: 'replace' });
  }

  /** Like `ip route append ...`. */
  async append(destination: string, options: RouteOptions): Promise<void> {
    await this.#change({ destination, options, flags: APPEND, verb: 'append' });
  }

  /** Like `ip route delete DESTINATION ...`: the first that fits. Throws NetlinkError, ESRCH. */
  async delete(destination: string, options: RouteOptions = {}): Promise<void> {
    await this.#change({ destination, options, flags: 0, verb: 'delete' });
  }

  async #change({ destination, options, flags, verb }: Change): Promise<void> {
    checkWays(destination, options);
    const prefix = destinationOf(destination, options);
    const adds = verb !== 'delete';
    const own = await this.#index(options.device);
    const hops: ResolvedHop[] = [];
    for (const hop of options.nextHops ?? []) {
      hops.push({ ...hop, device: await this.#index(hop.device) });
    }
    const header = routeHeader(prefix, options, adds);
    const attributes = routeAttributes(prefix, options, { own, hops });
    await this.#conversation.request({
      type: adds ? wire.RTM_NEWROUTE : wire.RTM_DELROUTE,
      flags,
      payload: wire.route.emit({ header, attributes }),
      step: `${verb} the route to ${destination}`,
      body: wire.route,
    });
  }

  async #index(device: Device | undefined): Promise<number | undefined> {
    return device === undefined ? undefined : await indexOf(this.#conversation, device);
  }
}

interface Change {
  readonly destination: string;
  readonly options: RouteOptions;
  readonly flags: number;
  readonly verb: 'add' | 'replace' | 'append' | 'delete';
}

const emptyHeader = {
  ...{ family: 0, destinationLength: 0, sourceLength: 0, tos: 0 },
  ...{ table: 0, protocol: 0, scope: 0, type: 0, flags: 0 },
};

function checkWays(destination: string, { via, device, nextHops }: RouteOptions): void {
  if (nextHops !== undefined && (via !== undefined || device !== undefined)) {
    throw new NskitError(
      'ERR_USAGE',
      `the route to ${destination}: next hops have gateways and devices of their own`,
    );
  }
}

/** Not clones of the cache, nor what other families (multicast, MPLS) keep. */
function isListed(family: number, flags: number): boolean {
  const isIp = family === wire.AF_INET || family === wire.AF_INET6;
  return isIp && (flags & wire.RTM_F_CLONED) === 0;
}

function usesDevice({ device, nextHops }: Route, index: number): boolean {
  return device === index || nextHops.some((hop) => hop.device === index);
}
