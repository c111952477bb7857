/** How every protocol tells the namespace that something it sent did not arrive. */
import type { FlowEnds, IcmpError } from './host.js';
import type { Packet } from './packet.js';

/** Something that the namespace sent a while ago, as far as an error has to quote it. */
export interface SentPacket {
  readonly ends: FlowEnds;
  /** Whom the error goes to: the sender's MAC address. */
  readonly mac: Uint8Array;
  /** IANA's number. */
  readonly protocol: number;
  /** The first bytes of the transport's header, 8 at least; what follows is not needed. */
  readonly head: Uint8Array;
  /** The transport's header and payload, in bytes. */
  readonly length: number;
}

export interface ErrorReports {
  /** About the packet that is being handled. */
  aboutPacket(packet: Packet, error: IcmpError): void;
  aboutSent(sent: SentPacket, error: IcmpError): void;
}
