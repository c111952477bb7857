/**
 * The network of a namespace a program holds: devices, addresses, routes and the rest, by netlink
 * from outside. The socket is opened on first use; disposing closes it.
 */
import { NamespaceFile } from '../namespaces/index.js';
import { Network, type NetworkTarget } from '../netlink/index.js';
import { here, type FindInside } from '../sockets/index.js';
import { withNetworkNouns } from './network-nouns.js';
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
export class Networked extends withNetworkNouns(Sockets) implements Disposable {
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

  override get network(): Network {
    return this.#network.get(this.networkInode);
  }

  /** Closes the netlink socket; the next use opens another. */
  [Symbol.dispose](): void {
    this.#network[Symbol.dispose]();
  }
}

/** This process's own namespaces, with the same methods. */
export const host = new Networked(
  // Named only when it is called, so that a command that opens no socket loads nothing for it.
  () => here(),
  () => NamespaceFile.ofProcess('self', 'net'),
);
