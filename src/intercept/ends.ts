/** The two ends of a flow, as the program inside sees them. */
import type { SocketAddress } from '../wire/index.js';
import type { IpFamily } from './constants.js';

export interface End {
  readonly address: string;
  readonly port: number;
}

export interface Ends {
  readonly source: End;
  readonly destination: End;
}

export function familyOf({ destination }: Ends): IpFamily {
  return destination.address.includes(':') ? 'inet6' : 'inet';
}

export function keyOf({ source, destination }: Ends): string {
  return `${source.address} ${source.port} ${destination.address} ${destination.port}`;
}

export function endText({ address, port }: End): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Undefined of a socket that is none of IP. */
export function endOf(address: SocketAddress | undefined): End | undefined {
  return address !== undefined && 'port' in address && 'address' in address
    ? { address: address.address, port: address.port }
    : undefined;
}
