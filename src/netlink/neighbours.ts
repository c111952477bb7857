/** Who has which link-layer address: `ip neighbour`. */
import { netlink as wire } from '../wire/index.js';
import type { Conversation } from './conversation.js';
import { indexOf, type Device } from './devices.js';
import { bitsOf } from './names-of.js';
import { familyName, familyNumber, parseAddress, type Family } from './prefix.js';
import { CREATE, REPLACE } from './request.js';

export interface Neighbour {
  readonly family: Family;
  readonly address: string;
  /** The index of the device. */
  readonly device: number;
  readonly linkAddress: string | undefined;
  readonly states: readonly wire.NeighbourState[];
  readonly attributes: wire.NeighbourMessage['attributes'];
}

export interface NeighbourOptions {
  readonly device: Device;
  readonly linkAddress?: string;
  /** By default PERMANENT. */
  readonly state?: wire.NeighbourState;
}

export interface NeighbourFilter {
  readonly device?: Device;
  readonly family?: Family;
}

export class Neighbours {
  readonly #conversation: Conversation;

  constructor(conversation: Conversation) {
    this.#conversation = conversation;
  }

  /** Like `ip neighbour show`; multicast and loopback entries, which need no asking, are left out. */
  async list({ device, family }: NeighbourFilter = {}): Promise<Neighbour[]> {
    const index = device === undefined ? undefined : await indexOf(this.#conversation, device);
    const header = { family: familyNumber(family), index: 0, state: 0, flags: 0, type: 0 };
    const replies = await this.#conversation.dump({
      type: wire.RTM_GETNEIGH,
      payload: wire.neighbour.emit({ header, attributes: { index } }),
      step: 'list the neighbours',
      body: wire.neighbour,
    });
    return replies
      .map(({ payload }) => wire.neighbour.parse(payload))
      .filter(({ header: { family: of, state } }) => isListed(of, state))
      .map(neighbourOf);
  }

  /** Like `ip neighbour add ADDRESS lladdr MAC dev DEVICE`. Throws NetlinkError, EEXIST. */
  async add(address: string, options: NeighbourOptions): Promise<void> {
    await this.#change(wire.RTM_NEWNEIGH, { address, options, flags: CREATE, verb: 'add' });
  }

  /** Like `ip neighbour replace ...`. */
  async replace(address: string, options: NeighbourOptions): Promise<void> {
    await this.#change(wire.RTM_NEWNEIGH, { address, options, flags: REPLACE, verb: 'replace' });
  }

  /** Like `ip neighbour delete ADDRESS dev DEVICE`. Throws NetlinkError, ENOENT. */
  async delete(address: string, options: NeighbourOptions): Promise<void> {
    await this.#change(wire.RTM_DELNEIGH, { address, options, flags: 0, verb: 'delete' });
  }

  async #change(type: number, change: Change): Promise<void> {
    const { device, linkAddress, state = 'PERMANENT' } = change.options;
    const { family, address: destination } = parseAddress(change.address);
    const index = await indexOf(this.#conversation, device);
    const header = { family, index, state: wire.neighbourStates[state], flags: 0, type: 0 };
    await this.#conversation.request({
      type,
      flags: change.flags,
      payload: wire.neighbour.emit({ header, attributes: { destination, linkAddress } }),
      step: `${change.verb} the neighbour ${change.address} on ${device}`,
      body: wire.neighbour,
    });
  }
}

interface Change {
  readonly address: string;
  readonly options: NeighbourOptions;
  readonly flags: number;
  readonly verb: string;
}

function isListed(family: number, state: number): boolean {
  const isIp = family === wire.AF_INET || family === wire.AF_INET6;
  return isIp && (state & wire.neighbourStates.NOARP) === 0;
}

export function neighbourOf({ header, attributes }: wire.NeighbourMessage): Neighbour {
  return {
    family: familyName(header.family),
    address: attributes.destination ?? '',
    device: header.index,
    linkAddress: attributes.linkAddress,
    states: bitsOf(wire.neighbourStates, header.state),
    attributes,
  };
}
