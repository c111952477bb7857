/** The families that rtnetlink speaks of, beside those of sockets. */
export { AF_INET, AF_INET6, AF_UNSPEC } from '../sockaddr.js';

export const AF_BRIDGE = 7;
