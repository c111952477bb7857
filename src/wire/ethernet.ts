/** Ethernet II (IEEE 802.3 with a type field). */
import { be16, bytes } from './fields.js';
import { struct } from './struct.js';

export const ethernet = struct('ethernet', 14, {
  destination: bytes(6),
  source: bytes(6),
  type: be16,
});

export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;
export const ETHERTYPE_IPV6 = 0x86dd;

export const BROADCAST_MAC: Uint8Array = new Uint8Array(6).fill(255);

/** `02:00:00:00:00:01` */
export function formatMac(mac: Uint8Array): string {
  return Array.from(mac, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}

export function isGroupMac(mac: Uint8Array): boolean {
  return ((mac[0] ?? 0) & 1) === 1;
}
