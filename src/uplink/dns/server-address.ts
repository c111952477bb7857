/** A server of resolv.conf as a socket's address. */
import { networkInterfaces } from 'node:os';
import type { Inet6Address, InetAddress } from '../../wire/index.js';

/** Of `fe80::1%eth0` the interface's index now; undefined: there is no such interface. */
export function serverAddress(
  server: string,
  port: number,
): InetAddress | Inet6Address | undefined {
  const [address = '', zone] = server.split('%');
  if (!address.includes(':')) return { family: 'inet', address, port };
  if (zone === undefined) return { family: 'inet6', address, port };
  const scopeId = /^\d+$/.test(zone) ? Number(zone) : indexOfInterface(zone);
  return scopeId === undefined ? undefined : { family: 'inet6', address, port, scopeId };
}

function indexOfInterface(name: string): number | undefined {
  // An interface that can reach a link-local address has one.
  const addresses = networkInterfaces()[name] ?? [];
  return addresses.find(({ scopeid }) => scopeid !== undefined && scopeid > 0)?.scopeid;
}
