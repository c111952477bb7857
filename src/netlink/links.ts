/** Devices: `ip link` and `ip tuntap`. */
import type { NamespaceFile } from '../namespaces/index.js';
import { netlink as wire } from '../wire/index.js';
import { BATCH_REQUESTS, type Conversation } from './conversation.js';
import { getLink, indexOf, linkHeader, listLinks, reference, type Device } from './devices.js';
import {
  addTun,
  kindPart,
  type BridgeOptions,
  type LinkSpec,
  type MacvlanOptions,
  type TunOptions,
  type VethOptions,
  type VlanOptions,
  type VxlanOptions,
} from './kinds/index.js';
import { linkOf, type Link } from './link.js';
import { linkPart, type LinkSettings } from './link-settings.js';
import { setPeersUp, throwFirst, withoutUp } from './peers.js';
import { CREATE, type Request } from './request.js';
import type { NetworkTarget } from './target.js';

/** Which devices to list: all that fit all of these. */
export interface LinkFilter {
  readonly kind?: string;
  readonly master?: Device;
  readonly up?: boolean;
}

export class Links {
  readonly #conversation: Conversation;
  readonly #network: NamespaceFile;

  constructor(conversation: Conversation, network: NamespaceFile) {
    this.#conversation = conversation;
    this.#network = network;
  }

  /** Like `ip link show`. */
  async list({ kind, master, up }: LinkFilter = {}): Promise<Link[]> {
    const masterIndex =
      master === undefined ? undefined : await indexOf(this.#conversation, master);
    // The kernel filters by these two; for a kind it has no module for, it lists all.
    const info = kind === undefined ? undefined : { kind };
    const replies = await this.#conversation.dump(listLinks({ master: masterIndex, info }));
    return replies
      .map(({ payload }) => linkOf(wire.link.parse(payload)))
      .filter((link) => kind === undefined || link.kind === kind)
      .filter((link) => up === undefined || link.up === up);
  }

  /** Like `ip link show DEVICE`. Throws NetlinkError, ENODEV when there is none. */
  async get(device: Device): Promise<Link> {
    const [reply] = await this.#conversation.request(getLink(device));
    return linkOf(wire.link.parse(reply?.payload ?? new Uint8Array()));
  }

  /** Like `ip link add NAME type KIND ...`. Throws NetlinkError, EEXIST when there is one. */
  async add(spec: LinkSpec): Promise<void> {
    await this.addAll([spec]);
  }

  /** Many at once, in few system calls. All are tried; the first error is thrown at the end. */
  async addAll(specs: readonly LinkSpec[]): Promise<void> {
    const results: PromiseSettledResult<unknown>[] = [];
    for (let at = 0; at < specs.length; at += BATCH_REQUESTS) {
      results.push(...(await this.#addSome(specs.slice(at, at + BATCH_REQUESTS))));
    }
    const added = specs.filter((_, i) => results[i]?.status === 'fulfilled');
    await setPeersUp(this.#conversation, added);
    throwFirst(results);
  }

  /** Like `ip link add NAME type veth peer name PEER netns OTHER`. */
  addVeth(name: string, options: VethOptions & LinkSettings = {}): Promise<void> {
    return this.add({ ...options, kind: 'veth', name });
  }

  /** Like `ip link add NAME type bridge`. */
  addBridge(name: string, options: BridgeOptions & LinkSettings = {}): Promise<void> {
    return this.add({ ...options, kind: 'bridge', name });
  }

  /** Like `ip link add NAME link PARENT type macvlan mode bridge`. */
  addMacvlan(name: string, options: MacvlanOptions & LinkSettings): Promise<void> {
    return this.add({ ...options, kind: 'macvlan', name });
  }

  /** Like `ip link add NAME link PARENT type vlan id ID`. */
  addVlan(name: string, options: VlanOptions & LinkSettings): Promise<void> {
    return this.add({ ...options, kind: 'vlan', name });
  }

  /** Like `ip link add NAME type vxlan id ID remote ADDRESS dstport 4789`. */
  addVxlan(name: string, options: VxlanOptions & LinkSettings): Promise<void> {
    return this.add({ ...options, kind: 'vxlan', name });
  }

  /** Like `ip link add NAME type dummy`; EOPNOTSUPP where the kernel has none. */
  addDummy(name: string, options: LinkSettings = {}): Promise<void> {
    return this.add({ ...options, kind: 'dummy', name });
  }

  /** Like `ip tuntap add dev NAME mode tap`; the rest of the settings follow it. */
  async addTun(name: string, options: TunOptions & LinkSettings): Promise<void> {
    const { mode: _mode, ownerUid: _uid, ownerGid: _gid, ...rest } = options;
    const { vnetHeader: _header, multiQueue: _queues, ...settings } = rest;
    addTun(this.#network, name, options);
    if (Object.keys(settings).length > 0) await this.set(name, settings);
  }

  /** Like `ip link set DEVICE mtu 1400 up ...`; `name` renames it. */
  async set(device: Device, settings: LinkSettings & { readonly name?: string }): Promise<void> {
    const { name, ...rest } = settings;
    // A new name in the same message as the old one needs the index.
    const known = name === undefined ? device : await indexOf(this.#conversation, device);
    const { index, attributes } = reference(known);
    const part = await linkPart(this.#conversation, rest);
    const { flags, change } = part;
    const header = linkHeader({ index, flags, change });
    const values = { ...attributes, ...(name === undefined ? {} : { name }), ...part.attributes };
    await this.#sendOne({
      request: {
        // RTM_NEWLINK without NLM_F_CREATE changes a link; RTM_SETLINK knows fewer attributes.
        type: wire.RTM_NEWLINK,
        payload: wire.link.emit({ header, attributes: values }),
        step: `change the device ${device}`,
        body: wire.link,
      },
      [Symbol.dispose]: () => {
        part[Symbol.dispose]();
      },
    });
  }

  /** Like `ip link set DEVICE up`. */
  up(device: Device): Promise<void> {
    return this.set(device, { up: true });
  }

  /** Like `ip link set DEVICE down`. */
  down(device: Device): Promise<void> {
    return this.set(device, { up: false });
  }

  /** Like `ip link set DEVICE netns OTHER [name NEW]`. It arrives down, without addresses. */
  move(device: Device, namespace: NetworkTarget, name?: string): Promise<void> {
    return this.set(device, { namespace, ...(name === undefined ? {} : { name }) });
  }

  /** Like `ip link delete DEVICE`; of a veth, both ends. */
  async delete(device: Device): Promise<void> {
    const { index, attributes } = reference(device);
    await this.#conversation.request({
      type: wire.RTM_DELLINK,
      payload: wire.link.emit({ header: linkHeader({ index }), attributes }),
      step: `delete the device ${device}`,
      body: wire.link,
    });
  }

  /** No more than this at a time: each may hold a namespace open. */
  async #addSome(specs: readonly LinkSpec[]): Promise<PromiseSettledResult<unknown>[]> {
    const open: Sendable[] = [];
    try {
      for (const spec of specs) open.push(await this.#addRequest(withoutUp(spec)));
      return await this.#conversation.batch(open.map(({ request }) => request));
    } finally {
      for (const one of open) one[Symbol.dispose]();
    }
  }

  async #addRequest(spec: LinkSpec): Promise<Sendable> {
    const { name, kind, index = 0, ...settings } = spec;
    const part = await linkPart(this.#conversation, settings);
    const { data, link, ...own } = await kindPart(this.#conversation, spec);
    const { flags, change } = part;
    const header = linkHeader({ index, flags, change });
    const attributes = { name, ...part.attributes, link, info: { kind, data } };
    return {
      request: {
        type: wire.RTM_NEWLINK,
        flags: CREATE,
        payload: wire.link.emit({ header, attributes }),
        step: `add the ${kind} device ${name}`,
        body: wire.link,
      },
      [Symbol.dispose]: () => {
        part[Symbol.dispose]();
        own[Symbol.dispose]?.();
      },
    };
  }

  async #sendOne(sendable: Sendable): Promise<void> {
    using one = sendable;
    await this.#conversation.request(one.request);
  }
}

/** A request, and the namespaces that must be open while it is sent. */
interface Sendable extends Disposable {
  readonly request: Request;
}
