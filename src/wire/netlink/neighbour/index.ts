/** RTM_*NEIGH: struct ndmsg and NDA_* (linux/neighbour.h). */
import { le16, le32, pad, sle32, u8 as u8Field } from '../../fields.js';
import { struct, type StructValue } from '../../struct.js';
import { attribute, attributes, type TableValue } from '../attributes.js';
import { body } from '../body.js';
import { be16, hardwareAddress, ip, s32, structure, u16, u32, u8 } from '../codecs.js';

export const RTM_NEWNEIGH = 28;
export const RTM_DELNEIGH = 29;
export const RTM_GETNEIGH = 30;

export const ndmsg = struct('ndmsg', 12, {
  family: u8Field,
  _pad: pad(3),
  index: sle32,
  state: le16,
  flags: u8Field,
  type: u8Field,
});

const cacheInfo = struct('nda_cacheinfo', 16, {
  confirmed: le32,
  used: le32,
  updated: le32,
  references: le32,
});

export const neighbourAttributes = attributes({
  destination: attribute('NDA_DST', 1, ip),
  linkAddress: attribute('NDA_LLADDR', 2, hardwareAddress),
  cacheInfo: attribute('NDA_CACHEINFO', 3, structure(cacheInfo)),
  probes: attribute('NDA_PROBES', 4, u32),
  vlan: attribute('NDA_VLAN', 5, u16),
  port: attribute('NDA_PORT', 6, be16),
  vni: attribute('NDA_VNI', 7, u32),
  index: attribute('NDA_IFINDEX', 8, u32),
  master: attribute('NDA_MASTER', 9, u32),
  linkNetNsId: attribute('NDA_LINK_NETNSID', 10, s32),
  protocol: attribute('NDA_PROTOCOL', 12, u8),
  flagsExtended: attribute('NDA_FLAGS_EXT', 15, u32),
});

/** NUD_*. */
export const neighbourStates = {
  INCOMPLETE: 0x01,
  REACHABLE: 0x02,
  STALE: 0x04,
  DELAY: 0x08,
  PROBE: 0x10,
  FAILED: 0x20,
  NOARP: 0x40,
  PERMANENT: 0x80,
} as const;

export type NeighbourState = keyof typeof neighbourStates;

export type NeighbourMessage = {
  readonly header: StructValue<typeof ndmsg>;
  readonly attributes: TableValue<typeof neighbourAttributes>;
};

export const neighbour = body(ndmsg, neighbourAttributes);
