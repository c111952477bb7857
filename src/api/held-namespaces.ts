/** Namespaces held open by a program, in which it also opens sockets. */
import { Namespaces } from '../namespaces/index.js';
import { insideOf, openAll, type JoinOptions, type Opening } from '../sockets/index.js';
import type { Network } from '../netlink/index.js';
import { withNetworkNouns } from './network-nouns.js';
import type { UplinkOptions } from '../uplink/index.js';
import { attachUplink, type Uplink } from './attach-uplink.js';
import { LazyNetwork } from './networked.js';
import { Sockets } from './sockets.js';

export class HeldNamespaces extends withNetworkNouns(Namespaces) {
  readonly #held: Namespaces;
  readonly #sockets = new Sockets(() => insideOf(this));

  readonly #network = new LazyNetwork(this);

  /** Takes the handle over: disposing this one disposes that. */
  constructor(held: Namespaces) {
    super(held.kinds.map((kind) => held.get(kind)));
    this.#held = held;
  }

  // Of Sockets, documented there.
  readonly findInside = this.#sockets.findInside;
  readonly listen = this.#sockets.listen.bind(this.#sockets);
  readonly connect = this.#sockets.connect.bind(this.#sockets);
  readonly datagram = this.#sockets.datagram.bind(this.#sockets);
  readonly socket = this.#sockets.socket.bind(this.#sockets);
  readonly tap = this.#sockets.tap.bind(this.#sockets);
  readonly openFile = this.#sockets.openFile.bind(this.#sockets);
  readonly pool = this.#sockets.pool.bind(this.#sockets);
  readonly httpAgent = this.#sockets.httpAgent.bind(this.#sockets);
  readonly httpsAgent = this.#sockets.httpsAgent.bind(this.#sockets);
  readonly undiciConnect = this.#sockets.undiciConnect.bind(this.#sockets);

  /** The same with a say in whether the owning user namespace is joined first. */
  openAll<T>(openings: readonly Opening<T>[], options: JoinOptions = {}): Promise<T[]> {
    return openAll(() => insideOf(this, options), openings);
  }

  /** Throws ERR_WRONG_KIND if the handle holds no network namespace. */
  override get network(): Network {
    return this.#network.get();
  }

  /** The internet inside, carried by this process until the uplink is disposed of. */
  attachUplink(options: UplinkOptions = {}): Promise<Uplink> {
    return attachUplink(this, options);
  }

  override [Symbol.dispose](): void {
    this.#network[Symbol.dispose]();
    this.#held[Symbol.dispose]();
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.#network[Symbol.dispose]();
    await this.#held[Symbol.asyncDispose]();
  }
}

/** The network namespace of a name and the user namespace that owns it. */
export function openNamed(found: { path: string; userPath: string | undefined }): HeldNamespaces {
  const { path, userPath } = found;
  return new HeldNamespaces(Namespaces.ofFiles(userPath === undefined ? [path] : [userPath, path]));
}
