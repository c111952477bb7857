/** What the stack is told about the network of an open device. */
import type { FamilySettings, StackSettings } from '../stack/index.js';

export interface SettingsOptions {
  readonly ipv4?: FamilySettings | undefined;
  readonly ipv6?: FamilySettings | undefined;
  /** Of the device in bytes; 65520 when not said. */
  readonly mtu?: number | undefined;
  readonly searchDomains?: readonly string[] | undefined;
  /** Published ports lead to 127.0.0.1 inside. */
  readonly publishLoopback?: boolean | undefined;
}

const MTU = 65_520;
/** Locally administered, "nsk" in the middle. */
const GATEWAY_MAC = Uint8Array.of(0x02, 0x6e, 0x73, 0x6b, 0x00, 0x02);
const GUEST_MAC = Uint8Array.of(0x02, 0x6e, 0x73, 0x6b, 0x01, 0x00);

/** `ipv6IsDefault`: the host has a way out by IPv6. */
export function settingsOf(options: SettingsOptions, ipv6IsDefault: boolean): StackSettings {
  const { ipv4, ipv6, mtu = MTU, searchDomains = [] } = options;
  const { publishLoopback: publishesLoopback = false } = options;
  const macs = { mac: GATEWAY_MAC, guestMac: GUEST_MAC };
  return { ...macs, mtu, ipv4, ipv6, ipv6IsDefault, publishesLoopback, searchDomains };
}
