/**
 * What all flows between two addresses share: the addresses and the headers in front of TCP's. Ten
 * thousand connections to one server keep them once.
 */
import { PROTOCOL_TCP, ethernet } from '../../wire/index.js';
import { endsOf } from '../ends.js';
import { FlowTable, type TableEntry } from '../flow-table.js';
import type { FlowEnds } from '../host.js';
import { Envelope } from '../outgoing.js';
import type { Packet } from '../packet.js';
import type { Random } from '../random.js';

export class AddressPair implements TableEntry<AddressPair> {
  /** The ports are 0. */
  readonly ends: FlowEnds;
  /** From the remote address to the namespace's. */
  readonly envelope: Envelope;
  users = 0;
  hash = 0;
  nextInBucket: AddressPair | undefined;

  constructor(ends: FlowEnds, envelope: Envelope) {
    this.ends = ends;
    this.envelope = envelope;
  }
}

export class AddressPairs {
  readonly #table: FlowTable<AddressPair>;
  readonly #sourceMac: Uint8Array;
  /** The namespace's address, kept once for as long as it stays the same. */
  #guest: Uint8Array = new Uint8Array(0);

  constructor(random: Random, sourceMac: Uint8Array) {
    this.#table = new FlowTable(random);
    this.#sourceMac = sourceMac;
  }

  /** The pair of a packet from the namespace, for one more flow. */
  ofPacket(packet: Packet): AddressPair {
    const pair =
      this.#table.find(packet, 0, 0) ?? this.#add(endsOf(packet, 0, 0), sourceMacOf(packet));
    pair.envelope.answer(packet);
    pair.users++;
    return pair;
  }

  /** The same when the flow begins at the host. */
  ofEnds(ends: FlowEnds, mac: Uint8Array): AddressPair {
    const portless = { ...ends, namespacePort: 0, remotePort: 0 };
    const pair = this.#table.get(portless) ?? this.#add(portless, mac);
    pair.users++;
    return pair;
  }

  /** A flow has ended. */
  release(pair: AddressPair): void {
    pair.users--;
    if (pair.users === 0) this.#table.delete(pair);
  }

  /** For one answer to a packet that belongs to no flow. */
  answerTo(packet: Packet): Envelope {
    return this.#envelope(endsOf(packet, 0, 0), sourceMacOf(packet));
  }

  #add(ends: FlowEnds, mac: Uint8Array): AddressPair {
    const { namespaceAddress } = ends;
    const isKnown =
      namespaceAddress.length === this.#guest.length &&
      namespaceAddress.every((byte, i) => byte === this.#guest[i]);
    if (!isKnown) this.#guest = namespaceAddress;
    const own = { ...ends, namespaceAddress: this.#guest };
    const pair = new AddressPair(own, this.#envelope(own, mac));
    this.#table.add(pair);
    return pair;
  }

  #envelope(ends: FlowEnds, mac: Uint8Array): Envelope {
    return new Envelope({
      sourceMac: this.#sourceMac,
      destinationMac: mac,
      source: ends.remoteAddress,
      destination: ends.namespaceAddress,
      protocol: PROTOCOL_TCP,
    });
  }
}

function sourceMacOf({ bytes, ethernetAt }: Packet): Uint8Array {
  const at = ethernetAt + ethernet.offset.source;
  return bytes.subarray(at, at + 6);
}
