/** Multicast groups that we send to. */

/** All nodes on the link, ff02::1 (RFC 4291 section 2.7.1). */
export const ALL_NODES = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

/** The MAC address that an IPv6 group has on Ethernet (RFC 2464 section 7). */
export function groupMac(group: Uint8Array): Uint8Array {
  return Uint8Array.of(0x33, 0x33, ...group.subarray(12));
}
