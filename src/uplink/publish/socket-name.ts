/** struct sockaddr_in and sockaddr_in6 (ip(7), ipv6(7)), as accept4(2) and recvmsg(2) fill them in. */
import { AF_INET, sockaddrIn, sockaddrIn6 } from '../../wire/index.js';
import type { Client } from './client-ends.js';

export const NAME_BYTES = sockaddrIn6.size;

/** A copy. */
export function clientOf(name: Uint8Array): Client {
  const isIpv4 = ((name[0] ?? 0) | ((name[1] ?? 0) << 8)) === AF_INET;
  const at = isIpv4 ? sockaddrIn.offset.address : sockaddrIn6.offset.address;
  return {
    address: name.slice(at, at + (isIpv4 ? 4 : 16)),
    port: ((name[2] ?? 0) << 8) | (name[3] ?? 0),
  };
}
