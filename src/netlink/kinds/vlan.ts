/** A tagged network on a device. */
import { netlink as wire } from '../../wire/index.js';
import type { Device } from '../devices.js';

export interface VlanOptions {
  readonly parent: Device;
  /** 0 to 4094. */
  readonly id: number;
  readonly protocol?: wire.VlanProtocol;
}

export function vlanData({ id, protocol }: VlanOptions): wire.VlanData {
  return { id, protocol: protocol === undefined ? undefined : wire.vlanProtocols[protocol] };
}
