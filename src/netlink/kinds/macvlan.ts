/** A second link-layer address on a device. */
import { netlink as wire } from '../../wire/index.js';
import type { Device } from '../devices.js';

export interface MacvlanOptions {
  readonly parent: Device;
  /** What the macvlans of one parent see of each other: by default `bridge`, all. */
  readonly mode?: wire.MacvlanMode;
}

export function macvlanData({ mode = 'bridge' }: MacvlanOptions): wire.MacvlanData {
  return { mode: wire.macvlanModes[mode] };
}
