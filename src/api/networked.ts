/**
 * The network of a namespace a program holds: devices, addresses, routes and the rest, by netlink
 * from outside. The socket is opened on first use; disposing closes it.
 */
import { NamespaceFile } from '../namespaces/index.js';
import {
  Network,
  type Addresses,
  type Change,
  type Links,
  type MonitorOptions,
  type NamespaceIds,
  type Neighbours,
  type NetworkTarget,
  type Routes,
  type Rules,
} from '../netlink/index.js';
import { here, type FindInside } from '../sockets/index.js';
import { Sockets } from './sockets.js';

/** One network, opened when it is first needed, and again when the name means another one. */
export class LazyNetwork implements Disposable {
  readonly #target: NetworkTarget;
  #network: Network | undefined;

  constructor(target: NetworkTarget) {
    this.#target = target;
  }

  /** `inode`: of the network namespace that is meant now. */
  get(inode?: number): Network {
    if (inode !== undefined && this.#network?.file.inode !== inode) this[Symbol.dispose]();
    this.#network ??= new Network(this.#target);
    return this.#network;
  }

  [Symbol.dispose](): void {
    this.#network?.[Symbol.dispose]();
    this.#network = undefined;
  }
}

/** What has sockets and a network: a name, or the host. */
export class Networked extends Sockets implements Disposable {
  readonly #network: LazyNetwork;
  /** The network namespace, held open: it lives on when its name is deleted. */
  readonly openNetwork: () => NamespaceFile;

  constructor(find: FindInside, openNetwork: () => NamespaceFile) {
    super(find);
    this.openNetwork = openNetwork;
    this.#network = new LazyNetwork({ openNetwork });
  }

  /** Of the namespace that is meant now, where that can change. */
  protected get networkInode(): number | undefined {
    return undefined;
  }

  /** Everything netlink has, and the socket as long as you want it. */
  get network(): Network {
    return this.#network.get(this.networkInode);
  }

  /** Like `ip link`. */
  get links(): Links {
    return this.network.links;
  }

  /** Like `ip address`. */
  get addresses(): Addresses {
    return this.network.addresses;
  }

  /** Like `ip route`. */
  get routes(): Routes {
    return this.network.routes;
  }

  /** Like `ip neighbour`. */
  get neighbours(): Neighbours {
    return this.network.neighbours;
  }

  /** Like `ip rule`. */
  get rules(): Rules {
    return this.network.rules;
  }

  /** Like `ip netns list-id`. */
  get namespaceIds(): NamespaceIds {
    return this.network.namespaceIds;
  }

  /** Like `ip monitor`: changes from now on, until aborted or left. */
  monitor(options: MonitorOptions = {}): AsyncGenerator<Change, void> {
    return this.network.monitor(options);
  }

  /** Closes the netlink socket; the next use opens another. */
  [Symbol.dispose](): void {
    this.#network[Symbol.dispose]();
  }
}

/** This process's own namespaces, with the same methods. */
export const host = new Networked(here, () => NamespaceFile.ofProcess('self', 'net'));
