/** What an ICMP error quotes of a datagram. */
import type { DatagramFlow } from './datagram-flows.js';

/** The first 8 bytes of what was sent last. */
export function headOf({ head0, head1 }: DatagramFlow): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, head0);
  view.setUint32(4, head1);
  return bytes;
}
