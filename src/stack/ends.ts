/** The two ends of the flow that a packet from the namespace belongs to; copies, to keep. */
import type { FlowEnds } from './host.js';
import type { Packet } from './packet.js';

export function endsOf(packet: Packet, namespacePort: number, remotePort: number): FlowEnds {
  const { bytes, sourceAt, destinationAt, addressLength } = packet;
  return {
    version: addressLength === 4 ? 4 : 6,
    namespaceAddress: bytes.slice(sourceAt, sourceAt + addressLength),
    namespacePort,
    remoteAddress: bytes.slice(destinationAt, destinationAt + addressLength),
    remotePort,
  };
}
