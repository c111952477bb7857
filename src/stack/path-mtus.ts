/**
 * How much the ways behind the namespace carry, where it has a router that said so: path MTU discovery
 * (RFC 1191, RFC 8201) from the side of the one that sends. What is not known here is as wide as the
 * device.
 */
import { formatIp } from '../wire/index.js';
import type { Clock } from './clock.js';
import type { IpVersion } from './packet.js';

/** RFC 1191 section 6.3, RFC 8201 section 5.3: after ten minutes the way may be wider again. */
const LIFETIME_MS = 600_000;

/** Destinations; the one that was learned first goes when there are more. */
const PATHS_MAX = 256;

/**
 * No way is taken to be narrower than that: every IPv6 link carries 1280 bytes (RFC 8201 section 4);
 * for IPv4 Linux has 552 (ip_rt_min_pmtu), so that no forged error makes a flow crawl (RFC 5927
 * section 7.2).
 */
const LEAST = { 4: 552, 6: 1280 } as const;

/** RFC 1191 section 5: of a router that does not say how much. */
const UNSAID = 576;

interface Path {
  readonly mtu: number;
  readonly until: number;
}

interface Parts {
  readonly clock: Clock;
  readonly settings: { readonly mtu: number };
}

export class PathMtus {
  readonly #clock: Clock;
  readonly #widest: number;
  readonly #paths = new Map<string, Path>();

  constructor({ clock, settings }: Parts) {
    this.#clock = clock;
    this.#widest = settings.mtu;
  }

  /** How many are kept. */
  get size(): number {
    return this.#paths.size;
  }

  /** Of the way to an address, in bytes: the largest IP packet. */
  of(address: Uint8Array): number {
    if (this.#paths.size === 0) return this.#widest;
    const key = formatIp(address);
    const path = this.#paths.get(key);
    if (path === undefined) return this.#widest;
    if (path.until > this.#clock.now) return path.mtu;
    this.#paths.delete(key);
    return this.#widest;
  }

  /**
   * A router says that no more than `mtu` bytes get to an address, 0 for "less than that". What is
   * known then: an error never widens a way.
   */
  narrow(version: IpVersion, address: Uint8Array, mtu: number): number {
    const known = this.of(address);
    // RFC 8201 section 4: one that says less than every link carries is to be discarded.
    if (version === 6 && mtu < LEAST[6]) return known;
    const said = Math.max(LEAST[version], mtu === 0 ? UNSAID : mtu);
    if (said >= known) return known;
    const key = formatIp(address);
    // Again at the end: a Map keeps the order of insertion.
    this.#paths.delete(key);
    this.#paths.set(key, { mtu: said, until: this.#clock.now + LIFETIME_MS });
    const [oldest] = this.#paths.keys();
    if (this.#paths.size > PATHS_MAX && oldest !== undefined) this.#paths.delete(oldest);
    return said;
  }
}
