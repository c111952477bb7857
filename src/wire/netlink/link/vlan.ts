/** IFLA_VLAN_* (IEEE 802.1Q). */
import { le32 } from '../../fields.js';
import { struct } from '../../struct.js';
import { attribute, attributes } from '../attributes.js';
import { be16, bytes, structure, u16 } from '../codecs.js';

const vlanFlags = struct('ifla_vlan_flags', 8, { flags: le32, mask: le32 });

export const vlanAttributes = attributes({
  id: attribute('IFLA_VLAN_ID', 1, u16),
  flags: attribute('IFLA_VLAN_FLAGS', 2, structure(vlanFlags)),
  egressQos: attribute('IFLA_VLAN_EGRESS_QOS', 3, bytes),
  ingressQos: attribute('IFLA_VLAN_INGRESS_QOS', 4, bytes),
  protocol: attribute('IFLA_VLAN_PROTOCOL', 5, be16),
});

/** EtherTypes of the tags. */
export const vlanProtocols = { '802.1Q': 0x8100, '802.1ad': 0x88a8 } as const;

export type VlanProtocol = keyof typeof vlanProtocols;
