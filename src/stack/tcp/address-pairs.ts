/**
 * What all flows between two addresses share: the addresses and the headers in front of TCP's. Ten
 * thousand connections to one server keep them once.
 */
import { PROTOCOL_TCP, ethernet } from '../../wire/index.js';
import { FlowTable, type TableEntry } from '../flow-table.js';
import type { FlowEnds } from '../host.js';
import { Envelope } from '../outgoing.js';
import type { Packet } from '../packet.js';
import type { Random } from '../random.js';

export class AddressPair implements TableEntry<AddressPair> {
  /** The ports are 0. */
  readonly ends: FlowEnds;
  /** The namespace's MAC address, as its last SYN had it. */
  mac: Uint8Array;
  /** From the remote address to the namespace's. */
  envelope: Envelope;
  users = 0;
  hash = 0;
  nextInBucket: AddressPair | undefined;

  constructor(ends: FlowEnds, mac: Uint8Array, envelope: Envelope) {
    this.ends = ends;
    this.mac = mac;
    this.envelope = envelope;
  }
}

export class AddressPairs {
  readonly #table: FlowTable<AddressPair>;
  readonly #sourceMac: Uint8Array;
  /** The namespace's addresses, kept once for as long as they stay the same. */
  #guestMac: Uint8Array = new Uint8Array(0);
  #guest: Uint8Array = new Uint8Array(0);

  constructor(random: Random, sourceMac: Uint8Array) {
    this.#table = new FlowTable(random);
    this.#sourceMac = sourceMac;
  }

  get size(): number {
    return this.#table.size;
  }

  /** The pair of a packet from the namespace, for one more flow. */
  ofPacket(packet: Packet): AddressPair {
    const { bytes, ethernetAt } = packet;
    const macAt = ethernetAt + ethernet.offset.source;
    const mac = bytes.subarray(macAt, macAt + 6);
    const known = this.#table.find(packet, 0, 0);
    return this.#use(known ?? this.#add(endsOf(packet), mac), mac);
  }

  /** The same when the flow begins at the host. */
  ofEnds(ends: FlowEnds, mac: Uint8Array): AddressPair {
    const portless = { ...ends, namespacePort: 0, remotePort: 0 };
    return this.#use(this.#table.get(portless) ?? this.#add(portless, mac), mac);
  }

  /** A flow has ended. */
  release(pair: AddressPair): void {
    pair.users--;
    if (pair.users === 0) this.#table.delete(pair);
  }

  /** For one answer to a packet that belongs to no flow. */
  answerTo(packet: Packet): Envelope {
    const { bytes, ethernetAt } = packet;
    const macAt = ethernetAt + ethernet.offset.source;
    return this.#envelope(endsOf(packet), bytes.subarray(macAt, macAt + 6));
  }

  #use(pair: AddressPair, mac: Uint8Array): AddressPair {
    pair.users++;
    if (!isSame(mac, pair.mac)) {
      pair.mac = this.#guestMac = mac.slice();
      pair.envelope = this.#envelope(pair.ends, mac);
    }
    return pair;
  }

  #add(ends: FlowEnds, mac: Uint8Array): AddressPair {
    if (!isSame(mac, this.#guestMac)) this.#guestMac = mac.slice();
    if (!isSame(ends.namespaceAddress, this.#guest)) this.#guest = ends.namespaceAddress;
    const own = { ...ends, namespaceAddress: this.#guest };
    const pair = new AddressPair(own, this.#guestMac, this.#envelope(own, mac));
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

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, i) => byte === other[i]);
}

function endsOf({ bytes, version, sourceAt, destinationAt, addressLength }: Packet): FlowEnds {
  return {
    version: version === 6 ? 6 : 4,
    namespaceAddress: bytes.slice(sourceAt, sourceAt + addressLength),
    namespacePort: 0,
    remoteAddress: bytes.slice(destinationAt, destinationAt + addressLength),
    remotePort: 0,
  };
}
