/** The error that stands for a closed port (RFC 792, RFC 4443 section 3.1). */
import {
  ICMPV6_DEST_UNREACH,
  ICMPV6_PORT_UNREACH,
  ICMP_DEST_UNREACH,
  ICMP_PORT_UNREACH,
} from '../wire/index.js';
import type { IcmpError } from './host.js';
import type { IpVersion } from './packet.js';

export function portUnreachable(version: IpVersion): IcmpError {
  return version === 4
    ? { type: ICMP_DEST_UNREACH, code: ICMP_PORT_UNREACH }
    : { type: ICMPV6_DEST_UNREACH, code: ICMPV6_PORT_UNREACH };
}
