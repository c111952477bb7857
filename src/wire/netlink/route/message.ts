/** RTM_*ROUTE: struct rtmsg, RTA_* and RTAX_* (linux/rtnetlink.h). */
import { le32, sle32 } from '../../fields.js';
import { struct, type StructValue } from '../../struct.js';
import { attribute, attributes, type TableValue } from '../attributes.js';
import { body } from '../body.js';
import { be16, bytes, ip, nested, structure, text, u16, u32, u8 } from '../codecs.js';
import { rtmsg } from './header.js';
import { nextHops, via } from './next-hops.js';

const cacheInfo = struct('rta_cacheinfo', 32, {
  references: le32,
  lastUse: le32,
  expires: sle32,
  error: le32,
  used: le32,
  id: le32,
  timestamp: le32,
  timestampAge: le32,
});

export const metricAttributes = attributes({
  lock: attribute('RTAX_LOCK', 1, u32),
  mtu: attribute('RTAX_MTU', 2, u32),
  window: attribute('RTAX_WINDOW', 3, u32),
  rtt: attribute('RTAX_RTT', 4, u32),
  rttvar: attribute('RTAX_RTTVAR', 5, u32),
  ssthresh: attribute('RTAX_SSTHRESH', 6, u32),
  cwnd: attribute('RTAX_CWND', 7, u32),
  advmss: attribute('RTAX_ADVMSS', 8, u32),
  reordering: attribute('RTAX_REORDERING', 9, u32),
  hoplimit: attribute('RTAX_HOPLIMIT', 10, u32),
  initcwnd: attribute('RTAX_INITCWND', 11, u32),
  features: attribute('RTAX_FEATURES', 12, u32),
  rto_min: attribute('RTAX_RTO_MIN', 13, u32),
  initrwnd: attribute('RTAX_INITRWND', 14, u32),
  quickack: attribute('RTAX_QUICKACK', 15, u32),
  congctl: attribute('RTAX_CC_ALGO', 16, text),
  fastopen_no_cookie: attribute('RTAX_FASTOPEN_NO_COOKIE', 17, u32),
});

export const routeAttributes = attributes({
  destination: attribute('RTA_DST', 1, ip),
  source: attribute('RTA_SRC', 2, ip),
  inputIndex: attribute('RTA_IIF', 3, u32),
  outputIndex: attribute('RTA_OIF', 4, u32),
  gateway: attribute('RTA_GATEWAY', 5, ip),
  priority: attribute('RTA_PRIORITY', 6, u32),
  preferredSource: attribute('RTA_PREFSRC', 7, ip),
  metrics: attribute('RTA_METRICS', 8, nested(metricAttributes)),
  nextHops: attribute('RTA_MULTIPATH', 9, nextHops),
  flow: attribute('RTA_FLOW', 11, u32),
  cacheInfo: attribute('RTA_CACHEINFO', 12, structure(cacheInfo)),
  table: attribute('RTA_TABLE', 15, u32),
  mark: attribute('RTA_MARK', 16, u32),
  via: attribute('RTA_VIA', 18, via),
  preference: attribute('RTA_PREF', 20, u8),
  encapsulationType: attribute('RTA_ENCAP_TYPE', 21, u16),
  encapsulation: attribute('RTA_ENCAP', 22, bytes),
  expires: attribute('RTA_EXPIRES', 23, u32),
  uid: attribute('RTA_UID', 25, u32),
  ttlPropagate: attribute('RTA_TTL_PROPAGATE', 26, u8),
  ipProtocol: attribute('RTA_IP_PROTO', 27, u8),
  sourcePort: attribute('RTA_SPORT', 28, be16),
  destinationPort: attribute('RTA_DPORT', 29, be16),
  nextHopId: attribute('RTA_NH_ID', 30, u32),
});

export type RouteMetrics = TableValue<typeof metricAttributes>;

export type RouteMessage = {
  readonly header: StructValue<typeof rtmsg>;
  readonly attributes: TableValue<typeof routeAttributes>;
};

export const route = body(rtmsg, routeAttributes);
