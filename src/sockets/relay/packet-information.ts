/**
 * Which of our addresses a datagram was sent to: IP_PKTINFO (ip(7)), IPV6_PKTINFO (ipv6(7)). An
 * answer must come from the same one, and the kernel takes the same message for that.
 */
import { IPPROTO_IP, IPPROTO_IPV6 } from '../constants.js';
import type { RawOption } from '../options.js';

const IP_PKTINFO = 8;
const IPV6_RECVPKTINFO = 49;

/** Room for struct cmsghdr and the larger of the two. */
export const PACKET_INFORMATION_BYTES = 40;

/** A socket of IPv6 is told of IPv4 too, in its own terms. */
export function tellPacketInformation(isIPv6: boolean): RawOption {
  return isIPv6
    ? { level: IPPROTO_IPV6, name: IPV6_RECVPKTINFO, value: 1 }
    : { level: IPPROTO_IP, name: IP_PKTINFO, value: 1 };
}

/** struct in_pktinfo has the interface first, struct in6_pktinfo after the address. */
const CMSG_DATA = 16;
const CMSG_LEVEL = 8;
const IN6_ADDRESS_SIZE = 16;

/**
 * For the answer: the route decides on the interface, as it does for programs. But a link-local
 * address (fe80::/10) means nothing without one.
 */
export function forAnswer(control: Uint8Array): Uint8Array {
  const copy = control.slice();
  const isIPv6 = copy[CMSG_LEVEL] === IPPROTO_IPV6;
  const isLinkLocal =
    isIPv6 && copy[CMSG_DATA] === 0xfe && ((copy[CMSG_DATA + 1] ?? 0) & 0xc0) === 0x80;
  const at = isIPv6 ? CMSG_DATA + IN6_ADDRESS_SIZE : CMSG_DATA;
  if (!isLinkLocal) copy.fill(0, at, at + 4);
  return copy;
}
