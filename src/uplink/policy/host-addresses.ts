/** Addresses of the host's loopback interface beside 127.0.0.1 and ::1 (WSL, anycast, some VPNs). */
import { networkInterfaces } from 'node:os';
import { performance } from 'node:perf_hooks';
import { formatIp, parseIp } from '../../wire/index.js';

/** Asking the kernel takes longer than deciding about a flow. */
const KEPT_MS = 1000;

let known = new Set<string>();
let knownUntil = 0;

export function isOnHostLoopback(address: Uint8Array): boolean {
  const now = performance.now();
  if (now >= knownUntil) {
    known = new Set(loopbackAddresses());
    knownUntil = now + KEPT_MS;
  }
  return known.size > 0 && known.has(formatIp(address));
}

function loopbackAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.flatMap(({ internal, address }) => {
      const bytes = internal ? parseIp(address) : undefined;
      return bytes === undefined ? [] : [formatIp(bytes)];
    }),
  );
}
