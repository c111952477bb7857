/** Which families of addresses are intercepted when nobody says so. */
import { Network } from '../netlink/index.js';
import type { IpFamily } from './constants.js';

const all: readonly IpFamily[] = ['inet', 'inet6'];

/**
 * Those by which this program's own network leads somewhere: a program that finds a route by IPv6
 * tries it first, and would wait for what can never come. Without any, both: then all is unreachable
 * one way or another.
 */
export async function familiesOfHost(): Promise<readonly IpFamily[]> {
  using network = new Network({ pid: process.pid });
  const routes = await network.routes.list({ table: 'all' });
  const found = all.filter((family) =>
    routes.some(
      (route) =>
        route.family === family && route.destination === 'default' && route.type === 'unicast',
    ),
  );
  return found.length > 0 ? found : all;
}
