/** IFLA_VXLAN_* (RFC 7348). */
import { be16 as be16Field } from '../../fields.js';
import { struct } from '../../struct.js';
import { attribute, attributes } from '../attributes.js';
import { be16, ip, structure, u32, u8 } from '../codecs.js';

const portRange = struct('ifla_vxlan_port_range', 4, { low: be16Field, high: be16Field });

export const vxlanAttributes = attributes({
  id: attribute('IFLA_VXLAN_ID', 1, u32),
  /** Where frames without a known destination go: a multicast group or one peer. */
  group: attribute('IFLA_VXLAN_GROUP', 2, ip),
  device: attribute('IFLA_VXLAN_LINK', 3, u32),
  local: attribute('IFLA_VXLAN_LOCAL', 4, ip),
  ttl: attribute('IFLA_VXLAN_TTL', 5, u8),
  tos: attribute('IFLA_VXLAN_TOS', 6, u8),
  learning: attribute('IFLA_VXLAN_LEARNING', 7, u8),
  ageing: attribute('IFLA_VXLAN_AGEING', 8, u32),
  limit: attribute('IFLA_VXLAN_LIMIT', 9, u32),
  portRange: attribute('IFLA_VXLAN_PORT_RANGE', 10, structure(portRange)),
  proxy: attribute('IFLA_VXLAN_PROXY', 11, u8),
  routeShortCircuit: attribute('IFLA_VXLAN_RSC', 12, u8),
  l2miss: attribute('IFLA_VXLAN_L2MISS', 13, u8),
  l3miss: attribute('IFLA_VXLAN_L3MISS', 14, u8),
  port: attribute('IFLA_VXLAN_PORT', 15, be16),
  group6: attribute('IFLA_VXLAN_GROUP6', 16, ip),
  local6: attribute('IFLA_VXLAN_LOCAL6', 17, ip),
  udpChecksum: attribute('IFLA_VXLAN_UDP_CSUM', 18, u8),
});
