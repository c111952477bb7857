/**
 * Router advertisements (RFC 4861 section 6.2): prefix, MTU, name server and search domains. Without
 * a way out by IPv6 on the host we are a router for nothing but our own prefix: the lifetime as a
 * default router is 0, and programs inside choose IPv4 at once.
 */
import {
  NDISC_ROUTER_ADVERTISEMENT,
  NDP_HOP_LIMIT,
  ND_PREFIX_AUTONOMOUS,
  ND_PREFIX_ON_LINK,
  ND_RA_FLAG_OTHER,
  PROTOCOL_ICMPV6,
  emitNdpOptions,
  icmp,
  routerAdvertisement,
  type NdpOption,
} from '../wire/index.js';
import { linkLocalOf } from './addresses.js';
import type { Clock } from './clock.js';
import { ALL_NODES, groupMac } from './groups.js';
import { Envelope, payloadAt, type Outgoing } from './outgoing.js';
import type { Random } from './random.js';
import type { FamilySettings, StackSettings } from './settings.js';

/** Section 6.2.1: MaxRtrAdvInterval and MinRtrAdvInterval; section 10: the first few come sooner. */
const LONGEST_INTERVAL_MS = 600_000;
const SHORTEST_INTERVAL_MS = 200_000;
const INITIAL_INTERVAL_MS = 16_000;
const INITIAL_ADVERTISEMENTS = 3;

/** Seconds, three times the longest interval: of the router, and of what RFC 8106 adds. */
const ROUTER_LIFETIME = 1800;
/** Seconds; section 6.2.1. */
const VALID_LIFETIME = 2_592_000;
const PREFERRED_LIFETIME = 604_800;

interface Receiver {
  readonly mac: Uint8Array;
  readonly address: Uint8Array;
}

const everybody: Receiver = { mac: groupMac(ALL_NODES), address: ALL_NODES };

interface Parts {
  readonly outgoing: Outgoing;
  readonly settings: StackSettings;
  readonly clock: Clock;
  readonly random: Random;
}

export class RouterAdvertiser {
  readonly #outgoing: Outgoing;
  readonly #settings: StackSettings;
  readonly #clock: Clock;
  readonly #random: Random;
  #sent = 0;
  #nextAt: number | undefined;

  constructor({ outgoing, settings, clock, random }: Parts) {
    this.#outgoing = outgoing;
    this.#settings = settings;
    this.#clock = clock;
    this.#random = random;
    if (settings.ipv6) this.#nextAt = 0;
  }

  nextDeadline(): number | undefined {
    return this.#nextAt;
  }

  poll(now: number): void {
    if (this.#nextAt !== undefined && this.#nextAt <= now) this.advertise();
  }

  /**
   * To everybody, now; the next one follows in due time. Section 6.2.6 has a router wait before it
   * answers, so that many do not speak at once: there is only one here. `gone`: search domains that
   * nobody is to use any more.
   */
  advertise(gone: readonly string[] = []): void {
    const { ipv6 } = this.#settings;
    if (!ipv6) return;
    this.#send(ipv6, everybody, gone);
    this.#sent++;
    const spread = LONGEST_INTERVAL_MS - SHORTEST_INTERVAL_MS;
    const interval = SHORTEST_INTERVAL_MS + spread * (this.#random() / 2 ** 32);
    const isInitial = this.#sent < INITIAL_ADVERTISEMENTS;
    this.#nextAt = this.#clock.now + (isInitial ? INITIAL_INTERVAL_MS : interval);
  }

  /** To the one that asked. */
  answer(receiver: Receiver): void {
    const { ipv6 } = this.#settings;
    if (ipv6) this.#send(ipv6, receiver);
  }

  #send(family: FamilySettings, { mac, address }: Receiver, gone: readonly string[] = []): void {
    const { bytes, view } = this.#outgoing;
    const { mac: sourceMac, ipv6IsDefault = false } = this.#settings;
    const at = payloadAt(6);
    routerAdvertisement.write(view, at, {
      type: NDISC_ROUTER_ADVERTISEMENT,
      code: 0,
      checksum: 0,
      hopLimit: 64,
      flags: ND_RA_FLAG_OTHER,
      lifetime: ipv6IsDefault ? ROUTER_LIFETIME : 0,
      reachableTime: 0,
      retransmitTimer: 0,
    });
    const options = emitNdpOptions([...optionsOf(this.#settings, family), ...searchList(gone, 0)]);
    bytes.set(options, at + routerAdvertisement.size);
    const envelope = new Envelope({
      sourceMac,
      destinationMac: mac,
      source: linkLocalOf(sourceMac),
      destination: address,
      protocol: PROTOCOL_ICMPV6,
      hopLimit: NDP_HOP_LIMIT,
    });
    const length = routerAdvertisement.size + options.length;
    this.#outgoing.putChecksum(envelope, length, icmp.offset.checksum);
    this.#outgoing.send(envelope, length);
  }
}

function optionsOf(
  settings: StackSettings,
  { network, prefixLength, dns }: FamilySettings,
): NdpOption[] {
  const { mac, mtu, searchDomains: domains = [] } = settings;
  // Only from a prefix of 64 bits can a host make itself an address (RFC 4862 section 5.5.3).
  const autonomous = prefixLength === 64 ? ND_PREFIX_AUTONOMOUS : 0;
  return [
    { kind: 'source link-layer address', mac },
    { kind: 'mtu', mtu },
    {
      kind: 'prefix information',
      prefixLength,
      flags: ND_PREFIX_ON_LINK | autonomous,
      validLifetime: VALID_LIFETIME,
      preferredLifetime: PREFERRED_LIFETIME,
      prefix: network,
    },
    { kind: 'dns servers', lifetime: ROUTER_LIFETIME, servers: [dns] },
    ...searchList(domains, ROUTER_LIFETIME),
  ];
}

/** RFC 8106 section 5.2: a lifetime of 0 takes them back. */
function searchList(domains: readonly string[], lifetime: number): NdpOption[] {
  return domains.length === 0 ? [] : [{ kind: 'search domains', lifetime, domains }];
}
