/** RTM_*LINK: struct ifinfomsg and IFLA_* (linux/if_link.h). */
import { attribute, attributes, type Codec, type TableValue } from '../attributes.js';
import { body } from '../body.js';
import { bytes, hardwareAddress, listOf, s32, text, u32, u8 } from '../codecs.js';
import type { StructValue } from '../../struct.js';
import { ifinfomsg } from './header.js';
import { linkInfoCodec } from './info.js';
import type { Peer } from './veth.js';

const IFLA_ALT_IFNAME = 53;

/** The other end of a veth pair is a link message inside a link message. */
const peer: Codec<Peer> = {
  name: 'ifinfomsg',
  parse: (payload) => link.parse(payload),
  write: (writer, value) => {
    link.write(writer, value as LinkMessage);
  },
  inner: () => link.inner(),
};

const linkInfo = linkInfoCodec(peer);

export const linkAttributes = attributes({
  address: attribute('IFLA_ADDRESS', 1, hardwareAddress),
  broadcast: attribute('IFLA_BROADCAST', 2, hardwareAddress),
  name: attribute('IFLA_IFNAME', 3, text),
  mtu: attribute('IFLA_MTU', 4, u32),
  /** The index of what the device lies on, or of a veth's other end. */
  link: attribute('IFLA_LINK', 5, u32),
  qdisc: attribute('IFLA_QDISC', 6, text),
  stats: attribute('IFLA_STATS', 7, bytes),
  master: attribute('IFLA_MASTER', 10, u32),
  protocolInformation: attribute('IFLA_PROTINFO', 12, bytes),
  txQueueLength: attribute('IFLA_TXQLEN', 13, u32),
  map: attribute('IFLA_MAP', 14, bytes),
  operationalState: attribute('IFLA_OPERSTATE', 16, u8),
  linkMode: attribute('IFLA_LINKMODE', 17, u8),
  info: attribute('IFLA_LINKINFO', 18, linkInfo),
  netNsPid: attribute('IFLA_NET_NS_PID', 19, u32),
  alias: attribute('IFLA_IFALIAS', 20, text),
  stats64: attribute('IFLA_STATS64', 23, bytes),
  familySpecific: attribute('IFLA_AF_SPEC', 26, bytes),
  group: attribute('IFLA_GROUP', 27, u32),
  netNsFd: attribute('IFLA_NET_NS_FD', 28, u32),
  extMask: attribute('IFLA_EXT_MASK', 29, u32),
  promiscuity: attribute('IFLA_PROMISCUITY', 30, u32),
  txQueues: attribute('IFLA_NUM_TX_QUEUES', 31, u32),
  rxQueues: attribute('IFLA_NUM_RX_QUEUES', 32, u32),
  carrier: attribute('IFLA_CARRIER', 33, u8),
  carrierChanges: attribute('IFLA_CARRIER_CHANGES', 35, u32),
  /** The namespace that `link` counts in, by this namespace's id for it; absent: this one. */
  linkNetNsId: attribute('IFLA_LINK_NETNSID', 37, s32),
  protoDown: attribute('IFLA_PROTO_DOWN', 39, u8),
  gsoMaxSegments: attribute('IFLA_GSO_MAX_SEGS', 40, u32),
  gsoMaxSize: attribute('IFLA_GSO_MAX_SIZE', 41, u32),
  /** Where a multicast event happened. */
  newNetNsId: attribute('IFLA_NEW_NETNSID', 45, s32),
  targetNetNsId: attribute('IFLA_TARGET_NETNSID', 46, s32),
  carrierUpCount: attribute('IFLA_CARRIER_UP_COUNT', 47, u32),
  carrierDownCount: attribute('IFLA_CARRIER_DOWN_COUNT', 48, u32),
  newIndex: attribute('IFLA_NEW_IFINDEX', 49, s32),
  minMtu: attribute('IFLA_MIN_MTU', 50, u32),
  maxMtu: attribute('IFLA_MAX_MTU', 51, u32),
  alternativeNames: attribute(
    'IFLA_PROP_LIST',
    52,
    listOf('IFLA_ALT_IFNAME', IFLA_ALT_IFNAME, text),
  ),
  alternativeName: attribute('IFLA_ALT_IFNAME', IFLA_ALT_IFNAME, text),
  permanentAddress: attribute('IFLA_PERM_ADDRESS', 54, hardwareAddress),
});

export type LinkAttributes = TableValue<typeof linkAttributes>;

export interface LinkMessage {
  readonly header: StructValue<typeof ifinfomsg>;
  readonly attributes: LinkAttributes;
}

export const link = body(ifinfomsg, linkAttributes);
