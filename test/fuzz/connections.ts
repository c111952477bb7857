/**
 * The namespace's ends of a few TCP connections: which number comes next, what the other side is
 * at. Chance alone would never hit upon 32 bits of them.
 */
import type { FlowEnds } from '../../src/stack/host.js';
import type { Segment } from '../../src/stack/tcp/segment.js';
import { PROTOCOL_TCP, dataViewOf, formatIp, tcp, tcpFlags } from '../../src/wire/index.js';
import { address, frame, packet } from '../support/stack/frames.js';
import type { Operation } from './input.js';

const { SYN, FIN, ACK } = tcpFlags;

const COUNT = 6;
const FIRST_PORT = 40_000;

/** How far a number is from the one that would be right. */
const deltas = [0, 0, 0, 0, 1, -1, 100, -100, 1460, -1460, 65_536, -65_536, 1 << 30, 1 << 31];

/** Sound ones, and such as nobody should send. */
const optionSets: readonly (readonly number[] | 'sack')[] = [
  [],
  'sack',
  [2, 4, 0x05, 0xb4, 4, 2, 1, 3, 3, 7],
  [2, 4, 0, 0],
  [3, 3, 255, 1],
  [8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1],
  [5, 10, 0, 0, 0, 0, 0, 0, 0, 99],
  [254, 0, 1, 1],
  [2, 40],
];

export class Connections {
  readonly #all = Array.from({ length: COUNT }, (_, i) => new Connection(i));

  /** A segment as the numbers of an operation say, given where its connection is at. */
  frameOf({ a, b, c, bytes }: Operation): Uint8Array {
    return this.#at(a).frameOf(b & 0xff, c, bytes);
  }

  endsOf(which: number): FlowEnds {
    return this.#at(which).ends();
  }

  #at(which: number): Connection {
    return this.#all[which % COUNT] as Connection;
  }

  /** One of these may be whose segment this is. */
  note(destination: Uint8Array, segment: Segment): void {
    const connection = this.#all[segment.destinationPort - FIRST_PORT];
    if (connection && formatIp(destination) === connection.from) connection.note(segment);
  }
}

class Connection {
  readonly from: string;
  readonly #to: string;
  readonly #port: number;
  #seq = 1000;
  #ack = 0;

  constructor(index: number) {
    const isIpv4 = index % 2 === 0;
    this.from = isIpv4 ? '10.0.2.100' : 'fd00::100';
    this.#to = isIpv4 ? '192.0.2.1' : '2001:db8::1';
    this.#port = FIRST_PORT + index;
  }

  ends(): FlowEnds {
    const namespaceAddress = address(this.from);
    return {
      version: namespaceAddress.length === 4 ? 4 : 6,
      namespaceAddress,
      namespacePort: this.#port,
      remoteAddress: address(this.#to),
      remotePort: 80,
    };
  }

  /** `how`: which deltas, options, window; the bytes are data. */
  frameOf(flags: number, how: number, data: Uint8Array): Uint8Array {
    const pick = <T>(list: readonly T[], shift: number): T =>
      list[(how >>> shift) % list.length] as T;
    const seqDelta = pick(deltas, 0);
    const set = pick(optionSets, 8);
    const options = set === 'sack' ? this.#sack() : set;
    const headerLength = tcp.size + 4 * Math.ceil(options.length / 4);
    const message = new Uint8Array(headerLength + data.length);
    tcp.write(dataViewOf(message), 0, {
      sourcePort: this.#port,
      destinationPort: 80,
      sequence: (this.#seq + seqDelta) >>> 0,
      acknowledgment: flags & ACK ? (this.#ack + pick(deltas, 4)) >>> 0 : 0,
      dataOffset: headerLength << 2,
      flags,
      window: pick([0xffff, 512, 1, 0, 64], 12),
      checksum: 0,
      urgent: 0,
    });
    message.set(options, tcp.size);
    message.set(data, headerLength);
    if (seqDelta === 0) this.#seq += data.length + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0);
    const ends = { from: this.from, to: this.#to };
    const virtio = { flags: 1, gsoType: data.length > 1460 ? 1 : 0, gsoSize: 1460 };
    return frame(packet(ends, PROTOCOL_TCP, message), { virtio });
  }

  /** A block that ends where the other side is at. */
  #sack(): number[] {
    const option = new Uint8Array(10);
    const view = dataViewOf(option);
    option.set([5, 10]);
    view.setUint32(2, (this.#ack - 700) >>> 0);
    view.setUint32(6, this.#ack);
    return [1, 1, ...option];
  }

  /** What would be acknowledged next. */
  note({ flags, seq, length }: Segment): void {
    if (flags & SYN || seq >>> 0 === this.#ack) this.#ack = (seq + length) >>> 0;
  }
}
