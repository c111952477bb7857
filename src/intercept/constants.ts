/** What the pieces of an interception agree on, and numbers of the kernel under its names. */

/** Consulted last, for what no route of a device leads to. */
export const TABLE = 28_267;
/** After all rules that programs are likely to make, before `main` with its default routes. */
export const PRIORITY_MAIN = 30_000;
export const PRIORITY_TABLE = 30_001;

/** Marks are bits, so that those that programs set stay as they are. On its way to somewhere else: */
export const MARK_LEAVING = 0x1000_0000;
/** Put on loopback by the gate: */
export const MARK_LET_IN = 0x2000_0000;
/** Looked up as if the table were not there: what is local without it is really local. */
export const MARK_WITHOUT_TABLE = 0x4000_0000;

/** Every network namespace's loopback. */
export const LOOPBACK_INDEX = 1;

export const RTN_UNICAST = 1;
export const RTN_LOCAL = 2;

export const ETH_P_ALL = 3;
export const PACKET_OUTGOING = 4;
export const SO_ATTACH_FILTER = 26;

export const IP_RECVORIGDSTADDR = 20;
export const IPV6_RECVORIGDSTADDR = 74;

export type IpFamily = 'inet' | 'inet6';

export const SOL_SOCKET = 1;
export const IPPROTO_IP = 0;
export const IPPROTO_IPV6 = 41;
export const MSG_DONTWAIT = 0x40;
export const MSG_NOSIGNAL = 0x4000;
export const SO_REUSEADDR = 2;
export const IP_TRANSPARENT = 19;
export const IPV6_TRANSPARENT = 75;
/** Of a socket: whether calls wait. */
export const FIONBIO = 0x5421;
