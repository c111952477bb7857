/**
 * Whether the host has a way out by IPv6, followed while it comes and goes (Wi-Fi, a VPN, a cable):
 * rtnetlink(7) tells of each route, and the table is looked at anew when it was a default one.
 */
import { Network, type Change } from '../netlink/index.js';

export type WayOutListener = (isThere: boolean) => void | Promise<void>;

export class WayOut {
  readonly #ending = new AbortController();
  readonly #following: Promise<void>;

  /** `isThere`: what the listener knows already. */
  constructor(isThere: boolean, listener: WayOutListener) {
    this.#following = this.#follow(isThere, listener);
  }

  /** Settles when nothing of it is open any more. */
  async end(): Promise<void> {
    this.#ending.abort();
    await this.#following;
  }

  async #follow(known: boolean, listener: WayOutListener): Promise<void> {
    try {
      using host = new Network({ pid: process.pid });
      const { signal } = this.#ending;
      // Before the first look, so that nothing happens unseen in between.
      const changes = host.monitor({ nouns: ['route'], signal });
      let isThere = known;
      const look = async (): Promise<void> => {
        const found = await hasDefault(host);
        if (found === isThere || signal.aborted) return;
        isThere = found;
        await listener(found);
      };
      await look();
      for await (const change of changes) if (isAboutDefault(change)) await look();
    } catch {
      // Out of descriptors: the namespace keeps the routes that it has, and traffic goes on.
    }
  }
}

/** Whether the host has a way out by IPv6. */
export async function hostHasIpv6(): Promise<boolean> {
  using host = new Network({ pid: process.pid });
  return await hasDefault(host);
}

async function hasDefault(host: Network): Promise<boolean> {
  const routes = await host.routes.list({ family: 'inet6' });
  return routes.some(({ destination, type }) => destination === 'default' && type === 'unicast');
}

function isAboutDefault(change: Change): boolean {
  if (change.noun === 'lost') return true;
  return (
    change.noun === 'route' &&
    change.route.family === 'inet6' &&
    change.route.destination === 'default'
  );
}
