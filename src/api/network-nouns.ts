/**
 * What has a network has all of this: devices, addresses, routes and the rest, in the words of
 * iproute2. Mixed into classes that have nothing else in common.
 */
import type { Network } from '../netlink/index.js';

type Nouns = Omit<Network, 'file' | typeof Symbol.dispose>;

export interface NetworkNouns extends Nouns {
  /** Everything netlink has, and the socket as long as you want it. */
  readonly network: Network;
}

// A mixin's constructor must take any arguments (TS2545).
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Class<T> = abstract new (...args: any[]) => T;

/** A class that has these nouns, once it says which network they are of. */
export function withNetworkNouns<B extends Class<object>>(Base: B): B & Class<NetworkNouns> {
  abstract class WithNetworkNouns extends Base implements NetworkNouns {
    abstract readonly network: Network;

    get links(): Nouns['links'] {
      return this.network.links;
    }

    get addresses(): Nouns['addresses'] {
      return this.network.addresses;
    }

    get routes(): Nouns['routes'] {
      return this.network.routes;
    }

    get neighbours(): Nouns['neighbours'] {
      return this.network.neighbours;
    }

    get rules(): Nouns['rules'] {
      return this.network.rules;
    }

    get namespaceIds(): Nouns['namespaceIds'] {
      return this.network.namespaceIds;
    }

    monitor(...args: Parameters<Nouns['monitor']>): ReturnType<Nouns['monitor']> {
      return this.network.monitor(...args);
    }
  }
  return WithNetworkNouns;
}
