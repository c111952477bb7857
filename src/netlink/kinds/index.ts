/** The kinds of device that can be added: each one's options, and the IFLA_INFO_DATA they become. */
import type { Conversation } from '../conversation.js';
import { indexOf } from '../devices.js';
import type { LinkSettings } from '../link-settings.js';
import { bridgeData, type BridgeOptions } from './bridge.js';
import { macvlanData, type MacvlanOptions } from './macvlan.js';
import type { KindPart } from './part.js';
import { vethData, type VethOptions } from './veth.js';
import { vlanData, type VlanOptions } from './vlan.js';
import { vxlanData, type VxlanOptions } from './vxlan.js';

interface Common extends LinkSettings {
  readonly name: string;
  /** A wish for the device's index. */
  readonly index?: number;
}

export type LinkSpec =
  | (Common & { readonly kind: 'veth' } & VethOptions)
  | (Common & { readonly kind: 'bridge' } & BridgeOptions)
  | (Common & { readonly kind: 'macvlan' } & MacvlanOptions)
  | (Common & { readonly kind: 'vlan' } & VlanOptions)
  | (Common & { readonly kind: 'vxlan' } & VxlanOptions)
  | (Common & { readonly kind: 'dummy' });

export async function kindPart(conversation: Conversation, spec: LinkSpec): Promise<KindPart> {
  switch (spec.kind) {
    case 'veth':
      return await vethData(conversation, spec);
    case 'bridge':
      return { data: bridgeData(spec) };
    case 'macvlan':
      return { data: macvlanData(spec), link: await indexOf(conversation, spec.parent) };
    case 'vlan':
      return { data: vlanData(spec), link: await indexOf(conversation, spec.parent) };
    case 'vxlan': {
      const { device } = spec;
      const index = device === undefined ? undefined : await indexOf(conversation, device);
      return { data: vxlanData(spec, index) };
    }
    case 'dummy':
      return {};
  }
}

export type { BridgeOptions } from './bridge.js';
export type { MacvlanOptions } from './macvlan.js';
export { addTun, type TunOptions } from './tun.js';
export type { VethOptions, VethPeer } from './veth.js';
export type { VlanOptions } from './vlan.js';
export type { VxlanOptions } from './vxlan.js';
