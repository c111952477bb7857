/** Ethernet in UDP (RFC 7348). */
import type { netlink as wire } from '../../wire/index.js';
import type { Device } from '../devices.js';

export interface VxlanOptions {
  /** The VXLAN network identifier, 24 bits. */
  readonly id: number;
  /** Where frames without a known destination go: one peer, or a multicast group. */
  readonly remote?: string;
  readonly group?: string;
  readonly local?: string;
  /** The device that carries the UDP; a multicast group needs one. */
  readonly device?: Device;
  /** By default 4789, IANA's; the kernel's own default is an older one. */
  readonly port?: number;
  readonly ttl?: number;
  readonly learning?: boolean;
}

export function vxlanData(options: VxlanOptions, deviceIndex?: number): wire.VxlanData {
  const { id, remote, group = remote, local, port = 4789, ttl, learning } = options;
  return {
    id,
    ...(isIpv6(group) ? { group6: group } : { group }),
    device: deviceIndex,
    ...(isIpv6(local) ? { local6: local } : { local }),
    ttl,
    learning: learning === undefined ? undefined : Number(learning),
    port,
  };
}

function isIpv6(address: string | undefined): boolean {
  return address?.includes(':') === true;
}
