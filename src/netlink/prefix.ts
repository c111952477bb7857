/** Addresses with a prefix length, as `ip` takes them: `10.0.0.1/24`, `fd00::/64`, `default`. */
import { NskitError } from '../errors/index.js';
import { formatIp, netlink as wire, networkOf, parseIp } from '../wire/index.js';

export type Family = 'inet' | 'inet6';

export interface Prefix {
  readonly family: number;
  /** Undefined: any, `default`. */
  readonly address: string | undefined;
  readonly length: number;
}

/** Throws ERR_USAGE. Without a length it is a single address. */
export function parsePrefix(text: string, family: Family = 'inet'): Prefix {
  if (text === 'default' || text === 'any' || text === 'all') {
    return { family: familyNumber(family), address: undefined, length: 0 };
  }
  const [, address = '', lengthText] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bytes = parseIp(address);
  const whole = 8 * (bytes?.length ?? 0);
  const length = lengthText === undefined ? whole : Number(lengthText);
  if (bytes !== undefined && length <= whole) {
    return { family: familyOf(bytes), address: formatIp(bytes), length };
  }
  throw new NskitError('ERR_USAGE', `${text} is no address`, {
    hint: 'give it as 10.0.0.1/24 or fd00::1/64',
  });
}

/** A prefix without bits beyond its length, as the kernel wants a route's destination. */
export function networkPrefix(prefix: Prefix): Prefix {
  const bytes = parseIp(prefix.address ?? '');
  if (bytes === undefined) return prefix;
  return { ...prefix, address: formatIp(networkOf(bytes, prefix.length)) };
}

/** Throws ERR_USAGE. */
export function parseAddress(text: string): { family: number; address: string } {
  const bytes = parseIp(text);
  if (bytes !== undefined) return { family: familyOf(bytes), address: formatIp(bytes) };
  throw new NskitError('ERR_USAGE', `${text} is no IP address`);
}

/** As `ip` prints a destination: `default`, a single address, or with its length. */
export function formatPrefix(address: string | undefined, length: number): string {
  if (address === undefined) return length === 0 ? 'default' : `0/${length}`;
  return length === (address.includes(':') ? 128 : 32) ? address : `${address}/${length}`;
}

export function familyNumber(family: Family | undefined): number {
  if (family === undefined) return wire.AF_UNSPEC;
  return family === 'inet' ? wire.AF_INET : wire.AF_INET6;
}

export function familyName(family: number): Family {
  return family === wire.AF_INET6 ? 'inet6' : 'inet';
}

function familyOf(bytes: Uint8Array): number {
  return bytes.length === 4 ? wire.AF_INET : wire.AF_INET6;
}
