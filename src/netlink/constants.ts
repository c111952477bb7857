/** Numbers of netlink sockets (linux/netlink.h, linux/rtnetlink.h, linux/socket.h). */

export const AF_NETLINK = 16;
export const SOCK_RAW = 3;
export const SOL_SOCKET = 1;
export const SO_RCVBUF = 8;
export const SOL_NETLINK = 270;

export const NETLINK_ADD_MEMBERSHIP = 1;
export const NETLINK_CAP_ACK = 10;
export const NETLINK_EXT_ACK = 11;
export const NETLINK_GET_STRICT_CHK = 12;

export const MSG_PEEK = 0x2;
export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;

/** RTNLGRP_*. */
export const multicastGroups = {
  link: [1],
  neighbour: [3],
  address: [5, 9],
  route: [7, 11],
  rule: [8, 19],
  namespaceId: [28],
} as const;

/** RTEXT_FILTER_SKIP_STATS: counters nobody asked for make a listing three times as long. */
export const RTEXT_FILTER_SKIP_STATS = 8;
