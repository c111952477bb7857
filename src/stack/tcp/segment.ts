/** A received TCP segment, laid over a packet: one object, moved from segment to segment. */
import { checksum, tcp, tcpFlags } from '../../wire/index.js';
import type { DropReason } from '../drops.js';
import type { Packet } from '../packet.js';
import { add, type Seq } from './seq.js';

export class Segment {
  packet: Packet | undefined;
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(this.bytes.buffer);
  sourcePort = 0;
  destinationPort = 0;
  seq: Seq = 0;
  ack: Seq = 0;
  flags = 0;
  /** As it stands in the header, not scaled. */
  window = 0;
  optionsAt = 0;
  /** Where the options end and the data begins. */
  dataAt = 0;
  dataLength = 0;

  readonly #header = tcp.view();

  /** The reason to drop it, if there is one. */
  read(packet: Packet): DropReason | undefined {
    const { view, payloadAt, end } = packet;
    if (end - payloadAt < tcp.size) return 'tcp: malformed';
    const { window: header } = this.#header.on(view, payloadAt);
    const headerLength = 4 * (header.dataOffset >> 4);
    if (headerLength < tcp.size || headerLength > end - payloadAt) return 'tcp: malformed';
    // Between us and a local kernel checksums are not computed at all; others bring theirs.
    if (!packet.checksumIsPartial) {
      const sum = checksum.addBytes(packet.pseudoHeaderSum(), view, payloadAt, end - payloadAt);
      if (!checksum.isIntact(sum)) return 'tcp: checksum';
    }
    this.packet = packet;
    this.bytes = packet.bytes;
    this.view = view;
    this.sourcePort = header.sourcePort;
    this.destinationPort = header.destinationPort;
    this.seq = header.sequence | 0;
    this.ack = header.acknowledgment | 0;
    this.flags = header.flags;
    this.window = header.window;
    this.optionsAt = payloadAt + tcp.size;
    this.dataAt = payloadAt + headerLength;
    this.dataLength = end - this.dataAt;
    return undefined;
  }

  has(flags: number): boolean {
    return (this.flags & flags) !== 0;
  }

  /** SEG.LEN: SYN and FIN count (RFC 9293 section 3.4). */
  get length(): number {
    return this.dataLength + (this.has(tcpFlags.SYN) ? 1 : 0) + (this.has(tcpFlags.FIN) ? 1 : 0);
  }

  /** The sequence number behind the segment. */
  get end(): Seq {
    return add(this.seq, this.length);
  }
}
