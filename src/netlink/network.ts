/**
 * The network of one namespace, from outside. The netlink socket is opened with the first request;
 * it and the namespace stay open until the handle is disposed of, and an open namespace lives on
 * after its name is deleted.
 */
import type { NamespaceFile } from '../namespaces/index.js';
import { Addresses } from './addresses.js';
import { Conversation } from './conversation.js';
import { Links } from './links.js';
import { monitor, type Change, type MonitorOptions } from './monitor.js';
import { NamespaceIds } from './namespace-ids.js';
import { Neighbours } from './neighbours.js';
import { Routes } from './routes.js';
import { Rules } from './rules.js';
import { openTarget, type NetworkTarget, type OpenNetwork } from './target.js';
import { NetlinkSocket, type NetlinkOptions, type Transport } from './transport.js';

export class Network implements Disposable {
  /** Like `ip link`. */
  readonly links: Links;
  /** Like `ip address`. */
  readonly addresses: Addresses;
  /** Like `ip route`. */
  readonly routes: Routes;
  /** Like `ip neighbour`. */
  readonly neighbours: Neighbours;
  /** Like `ip rule`. */
  readonly rules: Rules;
  /** Like `ip netns list-id`. */
  readonly namespaceIds: NamespaceIds;
  readonly #opened: OpenNetwork;
  readonly #conversation: Conversation;

  constructor(target: NetworkTarget, options: NetlinkOptions = {}) {
    const opened = openTarget(target);
    const { file } = opened;
    const conversation = new Conversation(lazily(() => NetlinkSocket.open(file, options)));
    this.#opened = opened;
    this.#conversation = conversation;
    this.links = new Links(conversation, file);
    this.addresses = new Addresses(conversation);
    this.routes = new Routes(conversation);
    this.neighbours = new Neighbours(conversation);
    this.rules = new Rules(conversation);
    this.namespaceIds = new NamespaceIds(conversation);
  }

  /** The network namespace; it stays this object's. */
  get file(): NamespaceFile {
    return this.#opened.file;
  }

  /** Like `ip monitor`: changes from now on, until aborted or left. */
  monitor(options: MonitorOptions = {}): AsyncGenerator<Change, void> {
    return monitor(NetlinkSocket.open(this.file), options);
  }

  [Symbol.dispose](): void {
    this.#conversation[Symbol.dispose]();
    this.#opened[Symbol.dispose]();
  }
}

/** A socket that is opened when it is first needed. */
function lazily(open: () => Transport): Transport {
  let transport: Transport | undefined;
  const opened = (): Transport => (transport ??= open());
  return {
    send: (bytes) => opened().send(bytes),
    receive: () => opened().receive(),
    watch: (onReadable) => opened().watch(onReadable),
    [Symbol.dispose]: () => transport?.[Symbol.dispose](),
  };
}
