/** A UDP datagram that belongs to no flow: an answer of a server of our own. */
import { PROTOCOL_UDP, udp } from '../wire/index.js';
import { Envelope, payloadAt, type EnvelopeValues, type Outgoing } from './outgoing.js';

export interface Datagram extends Omit<EnvelopeValues, 'protocol'> {
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/**
 * It must fit into one packet. Its checksum is not left to the device: DHCP clients read frames
 * before the kernel has filled it in.
 */
export function sendDatagram(outgoing: Outgoing, payload: Uint8Array, datagram: Datagram): void {
  const { sourcePort, destinationPort, ...addresses } = datagram;
  const envelope = new Envelope({ ...addresses, protocol: PROTOCOL_UDP });
  const length = udp.size + payload.length;
  const at = payloadAt(envelope.version);
  udp.write(outgoing.view, at, { sourcePort, destinationPort, length, checksum: 0 });
  outgoing.bytes.set(payload, at + udp.size);
  outgoing.putChecksum(envelope, length, udp.offset.checksum);
  outgoing.send(envelope, length);
}
