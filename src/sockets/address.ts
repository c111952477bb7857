/** From what a user writes (a host and a port, a path, a context id) to a socket's address. */
import { parseIPv4, parseIPv6, type SocketAddress } from '../wire/index.js';
import { VMADDR_CID_ANY } from './constants.js';
import { usage, type Endpoint } from './errors.js';

export interface HostAndPort {
  /** An IPv4 or IPv6 address, `fe80::1%eth0` too. */
  readonly host: string;
  readonly port: number;
}

export interface ScopedAddress {
  readonly address: SocketAddress;
  /** The interface that `%` names, if it is a name. */
  readonly scope?: string | undefined;
}

/** Undefined when the host is a name. */
export function ipAddress({ host, port }: HostAndPort): ScopedAddress | undefined {
  checkPort(port);
  const [address = '', scope] = host.split('%');
  if (parseIPv4(host) !== undefined) return { address: { family: 'inet', address: host, port } };
  if (parseIPv6(address) === undefined) return undefined;
  const scopeId = scope !== undefined && /^\d+$/.test(scope) ? Number(scope) : undefined;
  return {
    address: {
      family: 'inet6',
      ...{ address, port },
      ...(scopeId === undefined ? {} : { scopeId }),
    },
    scope: scopeId === undefined ? scope : undefined,
  };
}

/** Where to bind: an address, or `localhost`, which is the IPv4 one as most programs expect. */
export function bindAddress({ host, port }: HostAndPort): ScopedAddress {
  const found = ipAddress({ host: host === 'localhost' ? '127.0.0.1' : host, port });
  if (found !== undefined) return found;
  throw usage(`${JSON.stringify(host)} is no IP address`, 'names are not looked up to listen on');
}

export function checkPort(port: number): void {
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return;
  throw usage(`a port is a whole number from 0 to 65535, not ${port}`);
}

/** A path, or an abstract name written as unix(7) and Node do: with a NUL in front. */
export function unixAddress(path: string): SocketAddress {
  const abstract = path.startsWith('\0');
  const bytes = new TextEncoder().encode(abstract ? path.slice(1) : path);
  if (bytes.length >= 108) {
    throw usage(
      `a Unix socket's address has at most 107 bytes, not ${bytes.length}`,
      'use a shorter path, or a relative one from a folder near it',
    );
  }
  if (bytes.length === 0 || (!abstract && path.includes('\0'))) {
    throw usage(`${JSON.stringify(path)} is no path for a socket`);
  }
  return abstract ? { family: 'unix', abstract: bytes } : { family: 'unix', path };
}

export function vsockAddress({ cid = VMADDR_CID_ANY, port }: VsockPort): SocketAddress {
  for (const number of [cid, port]) {
    if (Number.isInteger(number) && number >= 0 && number <= 0xffff_ffff) continue;
    throw usage(`a context id or port of vsock is a whole number of 32 bits, not ${number}`);
  }
  return { family: 'vsock', cid, port };
}

export interface VsockPort {
  /** Any when not said (VMADDR_CID_ANY); 1 is this machine itself. */
  readonly cid?: number;
  readonly port: number;
}

/** As errors name it. */
export function addressEndpoint(address: SocketAddress): Endpoint {
  switch (address.family) {
    case 'inet':
    case 'inet6':
      return { address: address.address, port: address.port };
    case 'unix':
      return { address: unixText(address) };
    case 'vsock':
      return { address: `vsock/${address.cid}`, port: address.port };
    case 'netlink':
      return { address: `netlink/${address.portId}` };
    case 'packet':
      return { address: `packet/${address.interfaceIndex}` };
  }
}

function unixText({ path, abstract }: { path?: string; abstract?: Uint8Array }): string {
  if (abstract !== undefined) return `@${new TextDecoder().decode(abstract)}`;
  return path ?? 'an unnamed socket';
}
