/** IP addresses of devices: `ip address`. */
import { netlink as wire, parseIp } from '../wire/index.js';
import type { Conversation } from './conversation.js';
import { indexOf, type Device } from './devices.js';
import { bitsOf, nameOf, numberOf } from './names-of.js';
import { familyName, familyNumber, parsePrefix, type Family, type Prefix } from './prefix.js';
import { CREATE, REPLACE, type Request } from './request.js';

export interface Address {
  readonly family: Family;
  readonly address: string;
  readonly prefixLength: number;
  /** The index of the device. */
  readonly device: number;
  /** `global`, `link`, `host`, `site`. */
  readonly scope: string;
  readonly broadcast: string | undefined;
  /** The other end of a point-to-point address. */
  readonly peer: string | undefined;
  readonly label: string | undefined;
  readonly flags: readonly wire.AddressFlag[];
  /** Infinity: for ever. */
  readonly validSeconds: number;
  readonly preferredSeconds: number;
  readonly attributes: wire.AddressMessage['attributes'];
}

export interface AddressOptions {
  readonly device: Device;
  /** `+`: the last address of the network. */
  readonly broadcast?: string;
  readonly peer?: string;
  readonly label?: string;
  readonly scope?: string;
  readonly metric?: number;
  readonly validSeconds?: number;
  readonly preferredSeconds?: number;
  /** IPv6: usable at once, without looking for a duplicate first. */
  readonly nodad?: boolean;
  /** Without the route to the network of the address. */
  readonly noprefixroute?: boolean;
}

export interface AddressFilter {
  readonly device?: Device;
  readonly family?: Family;
}

export class Addresses {
  readonly #conversation: Conversation;

  constructor(conversation: Conversation) {
    this.#conversation = conversation;
  }

  /** Like `ip address show`. */
  async list({ device, family }: AddressFilter = {}): Promise<Address[]> {
    const index = device === undefined ? 0 : await indexOf(this.#conversation, device);
    const header = { ...emptyHeader, family: familyNumber(family), index };
    const replies = await this.#conversation.dump({
      type: wire.RTM_GETADDR,
      payload: wire.address.emit({ header, attributes: {} }),
      step: 'list the addresses',
      body: wire.address,
    });
    return replies.map(({ payload }) => addressOf(wire.address.parse(payload)));
  }

  /** Like `ip address add 10.0.0.1/24 dev DEVICE`. Throws NetlinkError, EEXIST. */
  async add(address: string, options: AddressOptions): Promise<void> {
    await this.#change(wire.RTM_NEWADDR, { address, options, flags: CREATE, verb: 'add' });
  }

  /** Like `ip address replace ...`: added, or its lifetimes changed. */
  async replace(address: string, options: AddressOptions): Promise<void> {
    await this.#change(wire.RTM_NEWADDR, { address, options, flags: REPLACE, verb: 'replace' });
  }

  /** Like `ip address delete 10.0.0.1/24 dev DEVICE`. Throws NetlinkError, EADDRNOTAVAIL. */
  async delete(address: string, options: AddressOptions): Promise<void> {
    await this.#change(wire.RTM_DELADDR, { address, options, flags: 0, verb: 'delete' });
  }

  /** Like `ip address flush dev DEVICE`. */
  async flush(filter: AddressFilter & { readonly device: Device }): Promise<void> {
    for (const { address, prefixLength, device, peer } of await this.list(filter)) {
      const options = { device, ...(peer === undefined ? {} : { peer }) };
      await this.delete(`${address}/${prefixLength}`, options).catch((error: unknown) => {
        // Secondary addresses go with their primary one.
        if ((error as { code?: unknown }).code !== 'EADDRNOTAVAIL') throw error;
      });
    }
  }

  async #change(type: number, change: Change): Promise<void> {
    const index = await indexOf(this.#conversation, change.options.device);
    await this.#conversation.request(changeRequest(type, change, index));
  }
}

interface Change {
  readonly address: string;
  readonly options: AddressOptions;
  readonly flags: number;
  readonly verb: string;
}

const emptyHeader = { family: 0, prefixLength: 0, flags: 0, scope: 0, index: 0 };

function changeRequest(
  type: number,
  { address, options, flags, verb }: Change,
  index: number,
): Request {
  const prefix = parsePrefix(address);
  const { family, length: prefixLength } = prefix;
  const scope = numberOf(wire.scopes, options.scope ?? defaultScope(prefix), 'scope');
  const header = { family, prefixLength, flags: 0, scope, index };
  const attributes = attributesOf(prefix, options);
  return {
    type,
    flags,
    payload: wire.address.emit({ header, attributes }),
    step: `${verb} the address ${address} of ${options.device}`,
    body: wire.address,
  };
}

function attributesOf(prefix: Prefix, options: AddressOptions): wire.AddressMessage['attributes'] {
  const { address } = prefix;
  const { label, metric, broadcast, nodad, noprefixroute } = options;
  const { nodad: NODAD, noprefixroute: NOPREFIXROUTE } = wire.addressFlags;
  const flags = (nodad === true ? NODAD : 0) | (noprefixroute === true ? NOPREFIXROUTE : 0);
  const peer = options.peer === undefined ? address : parsePrefix(options.peer).address;
  return {
    local: address,
    address: peer,
    broadcast: broadcast === '+' ? lastOf(prefix) : broadcast,
    label,
    metric,
    flags: flags === 0 ? undefined : flags,
    cacheInfo: lifetimes(options),
  };
}

function lifetimes({ validSeconds, preferredSeconds }: AddressOptions) {
  if (validSeconds === undefined && preferredSeconds === undefined) return undefined;
  const [valid, preferred] = [validSeconds, preferredSeconds ?? validSeconds].map(
    (seconds = Infinity) => (seconds === Infinity ? wire.FOREVER : seconds),
  );
  return { valid: valid ?? 0, preferred: preferred ?? 0, created: 0, updated: 0 };
}

/** As `ip` has it: addresses of this host alone are no global ones. */
function defaultScope({ family, address }: Prefix): string {
  const isLoopback = family === wire.AF_INET && address?.startsWith('127.') === true;
  return isLoopback ? 'host' : 'global';
}

function lastOf({ address = '', length }: Prefix): string | undefined {
  const bytes = parseIp(address);
  if (bytes?.length !== 4) return undefined;
  return bytes
    .map((byte, i) => byte | (0xff >> Math.min(8, Math.max(0, length - 8 * i))))
    .join('.');
}

export function addressOf({ header, attributes }: wire.AddressMessage): Address {
  const { local, address, cacheInfo } = attributes;
  const own = local ?? address ?? '';
  return {
    family: familyName(header.family),
    address: own,
    prefixLength: header.prefixLength,
    device: header.index,
    scope: nameOf(wire.scopes, header.scope),
    broadcast: attributes.broadcast,
    peer: address === own ? undefined : address,
    label: attributes.label,
    flags: bitsOf(wire.addressFlags, attributes.flags ?? header.flags),
    validSeconds: secondsOf(cacheInfo?.valid),
    preferredSeconds: secondsOf(cacheInfo?.preferred),
    attributes,
  };
}

function secondsOf(value: number = wire.FOREVER): number {
  return value === wire.FOREVER ? Infinity : value;
}
