/** struct rtmsg and the numbers in it (linux/rtnetlink.h). */
import { le32, u8 } from '../../fields.js';
import { struct } from '../../struct.js';

export const RTM_NEWROUTE = 24;
export const RTM_DELROUTE = 25;
export const RTM_GETROUTE = 26;

export const rtmsg = struct('rtmsg', 12, {
  family: u8,
  destinationLength: u8,
  sourceLength: u8,
  tos: u8,
  /** RTA_TABLE has the tables above 255. */
  table: u8,
  protocol: u8,
  scope: u8,
  type: u8,
  flags: le32,
});

/** RTN_*. */
export const routeTypes = {
  unspec: 0,
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
  throw: 9,
  nat: 10,
} as const;

export type RouteType = keyof typeof routeTypes;

/** RT_SCOPE_*. */
export const scopes = { global: 0, site: 200, link: 253, host: 254, nowhere: 255 } as const;

export type Scope = keyof typeof scopes;

/** RT_TABLE_*. */
export const routeTables = { default: 253, main: 254, local: 255 } as const;

/** RTPROT_*, as /etc/iproute2/rt_protos names them. */
export const routeProtocols = {
  unspec: 0,
  redirect: 1,
  kernel: 2,
  boot: 3,
  static: 4,
  gated: 8,
  ra: 9,
  mrt: 10,
  zebra: 11,
  bird: 12,
  dhcp: 16,
  babel: 42,
  bgp: 186,
  isis: 187,
  ospf: 188,
  rip: 189,
  eigrp: 192,
} as const;

/** RTNH_F_*, of a route as of one of its next hops. */
export const nextHopFlags = {
  dead: 0x1,
  pervasive: 0x2,
  onlink: 0x4,
  offload: 0x8,
  linkdown: 0x10,
  unresolved: 0x20,
} as const;

export type NextHopFlag = keyof typeof nextHopFlags;

export const RTM_F_CLONED = 0x200;
