/** Why frames were dropped, counted. The packet path never throws. */

/** One per check; each names the layer, then what was wrong. */
export const dropReasons = [
  'frame: too short',
  'frame: unknown type',
  'frame: not for us',
  'ip: switched off',
  'ip: multicast or broadcast',
  'ip: time to live',
  'ipv4: malformed header',
  'ipv4: header checksum',
  'ipv4: source address',
  'ipv4: destination address',
  'ipv6: malformed header',
  'ipv6: extension headers',
  'ipv6: source address',
  'ipv6: destination address',
  'fragment: malformed',
  'fragment: overlap',
  'fragment: too many',
  'fragment: timed out',
  'arp: malformed',
  'arp: sender address',
  'icmp: malformed',
  'icmp: checksum',
  'icmp: unknown type',
  'icmp: too many flows',
  'icmp: too many new flows',
  'icmp: host refused',
  'icmp: no such flow',
  'icmp: out of window',
  'icmp: soft error',
  'ndp: malformed',
  'dhcp: malformed',
  'udp: malformed',
  'udp: checksum',
  'udp: too long',
  'udp: too many flows',
  'udp: too many new flows',
  'udp: host refused',
  'tcp: malformed',
  'tcp: checksum',
  'tcp: too many flows',
  'tcp: too many new flows',
  'tcp: no such flow',
  'tcp: out of window',
  'tcp: out-of-order queue full',
  'protocol: unknown',
  'link: queue full',
] as const;

export type DropReason = (typeof dropReasons)[number];

export class Drops {
  readonly #counts = new Map<DropReason, number>();

  add(reason: DropReason): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  of(reason: DropReason): number {
    return this.#counts.get(reason) ?? 0;
  }

  /** Only those that happened. */
  all(): Partial<Record<DropReason, number>> {
    return Object.fromEntries(this.#counts);
  }
}
