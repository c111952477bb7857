/**
 * Whose an address is: ours (gateway, name server, link-local), everybody's (multicast, broadcast),
 * nobody's (RFC 6890: what must not appear in a packet), or somebody's out there.
 */
import { networkOf } from '../wire/index.js';
import type { DropReason } from './drops.js';
import type { Packet } from './packet.js';
import type { FamilySettings, StackSettings } from './settings.js';

/** Where a packet is to go. */
export type Reach = 'ours' | 'group' | 'remote' | DropReason;

export class Addresses {
  readonly linkLocal: Uint8Array;
  readonly #mac: DataView;
  readonly #ipv4: readonly number[];
  readonly #ipv4Broadcast: number;
  readonly #ipv6: readonly DataView[];
  readonly #answersFromLoopback: boolean;

  constructor({ mac, ipv4, ipv6, publishesLoopback = false }: StackSettings) {
    this.#answersFromLoopback = publishesLoopback;
    this.#mac = viewOfCopy(mac);
    this.linkLocal = linkLocalOf(mac);
    this.#ipv4 = ipv4 ? [word(ipv4.gateway), word(ipv4.dns)] : [];
    this.#ipv4Broadcast = ipv4 ? broadcastOf(ipv4) : BROADCAST;
    const ours = ipv6 ? [ipv6.gateway, ipv6.dns, this.linkLocal] : [];
    this.#ipv6 = ours.map(viewOfCopy);
  }

  /** Whether a frame is for us, or for everybody. */
  takesFrame({ view, ethernetAt }: Packet): boolean {
    const first = view.getUint32(ethernetAt);
    // The group bit is the lowest of the first byte.
    if ((first & 0x0100_0000) !== 0) return true;
    return (
      first === this.#mac.getUint32(0) && view.getUint16(ethernetAt + 4) === this.#mac.getUint16(4)
    );
  }

  isOurIpv4(view: DataView, at: number): boolean {
    return this.#ipv4.includes(view.getUint32(at));
  }

  isOurIpv6(view: DataView, at: number): boolean {
    for (const own of this.#ipv6) if (isEqual(view, at, own, 0)) return true;
    return false;
  }

  reachOf({ version, view, sourceAt, destinationAt }: Packet): Reach {
    return version === 4
      ? this.#reachOfIpv4(view, sourceAt, destinationAt)
      : this.#reachOfIpv6(view, sourceAt, destinationAt);
  }

  /** 0.0.0.0 is left to DHCP: it may ask everybody and nobody else. */
  #reachOfIpv4(view: DataView, sourceAt: number, destinationAt: number): Reach {
    const source = view.getUint32(sourceAt);
    const destination = view.getUint32(destinationAt);
    if (source === 0) return destination === BROADCAST ? 'group' : 'ipv4: source address';
    const isAnswer = this.#answersFromLoopback && source === LOOPBACK;
    if (!(isAnswer || this.#isSomebodysIpv4(source)) || this.#ipv4.includes(source)) {
      return 'ipv4: source address';
    }
    if (this.#ipv4.includes(destination)) return 'ours';
    if (destination === this.#ipv4Broadcast || isGroupIpv4(destination)) return 'group';
    if (destination === source || !this.#isSomebodysIpv4(destination)) {
      return 'ipv4: destination address';
    }
    return 'remote';
  }

  #isSomebodysIpv4(address: number): boolean {
    return isSomebodysIpv4(address) && address !== this.#ipv4Broadcast;
  }

  #reachOfIpv6(view: DataView, sourceAt: number, destinationAt: number): Reach {
    if (this.isOurIpv6(view, sourceAt)) return 'ipv6: source address';
    const isGroup = view.getUint8(destinationAt) === 0xff;
    // Unspecified: a host that has no address yet; it asks everybody.
    if (!isSomebodysIpv6(view, sourceAt)) {
      return isGroup && isUnspecified(view, sourceAt) ? 'group' : 'ipv6: source address';
    }
    if (isGroup) return 'group';
    if (this.isOurIpv6(view, destinationAt)) return 'ours';
    // Link-local addresses do not leave their link (RFC 4291 section 2.5.6).
    if (isLinkLocal(view, destinationAt)) return 'ipv6: destination address';
    if (isLinkLocal(view, sourceAt)) return 'ipv6: source address';
    const isCircle = isEqual(view, sourceAt, view, destinationAt);
    return isSomebodysIpv6(view, destinationAt) && !isCircle
      ? 'remote'
      : 'ipv6: destination address';
  }
}

const BROADCAST = 0xffff_ffff;
const LOOPBACK = 0x7f00_0001;

/** 127.0.0.1 answers those who were led to it, and begins nothing. */
export function isFromLoopback({ version, view, sourceAt }: Packet): boolean {
  return version === 4 && view.getUint32(sourceAt) === LOOPBACK;
}

/** Multicast, broadcast; 240.0.0.0/4 is nobody's. */
function isGroupIpv4(address: number): boolean {
  const first = address >>> 24;
  return (first >= 224 && first < 240) || address === BROADCAST;
}

/** Whether one host can have this address, and use it between networks or on a link. */
export function isSomebodys(address: Uint8Array): boolean {
  return address.length === 4
    ? isSomebodysIpv4(word(address))
    : isSomebodysIpv6(viewOfCopy(address), 0);
}

/** Not multicast, broadcast, unspecified or loopback. */
function isSomebodysIpv4(address: number): boolean {
  const first = address >>> 24;
  return first !== 0 && first !== 127 && first < 224;
}

/** Not multicast, unspecified, loopback, or an IPv4 address in disguise: ::/96, ::ffff:0:0/96. */
function isSomebodysIpv6(view: DataView, at: number): boolean {
  const first = view.getUint32(at);
  if (first >>> 24 === 0xff) return false;
  if (first !== 0 || view.getUint32(at + 4) !== 0) return true;
  const third = view.getUint32(at + 8);
  return third !== 0 && third !== 0xffff;
}

function isEqual(view: DataView, at: number, other: DataView, otherAt: number): boolean {
  for (let i = 0; i < 16; i += 4) {
    if (view.getUint32(at + i) !== other.getUint32(otherAt + i)) return false;
  }
  return true;
}

function isUnspecified(view: DataView, at: number): boolean {
  for (let i = 0; i < 16; i += 4) if (view.getUint32(at + i) !== 0) return false;
  return true;
}

function isLinkLocal(view: DataView, at: number): boolean {
  return (view.getUint16(at) & 0xffc0) === 0xfe80;
}

/** fe80::/64 and the modified EUI-64 of a MAC address (RFC 4291 appendix A). */
export function linkLocalOf(mac: Uint8Array): Uint8Array {
  const [a = 0, b = 0, c = 0, ...rest] = mac;
  return Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 2, b, c, 0xff, 0xfe, ...rest);
}

export function broadcastAddress({ network, prefixLength }: FamilySettings): Uint8Array {
  const mask = networkOf(new Uint8Array(4).fill(255), prefixLength);
  return network.map((byte, i) => byte | (~(mask[i] ?? 0) & 255));
}

/** RFC 3021: a network of one or two addresses has no broadcast address of its own. */
function broadcastOf(family: FamilySettings): number {
  return family.prefixLength < 31 ? word(broadcastAddress(family)) : BROADCAST;
}

function word(address: Uint8Array): number {
  return viewOfCopy(address).getUint32(0);
}

function viewOfCopy(bytes: Uint8Array): DataView {
  return new DataView(Uint8Array.from(bytes).buffer);
}
