/**
 * The frame that is being built. There is one, used again and again: the device takes it before
 * `send` returns. A transport writes its header and payload at `payloadAt(version)`; the headers in
 * front come from an envelope, whose bytes are prepared once for each flow.
 */
import {
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  IPV4_DONT_FRAGMENT,
  PROTOCOL_ICMP,
  PROTOCOL_UDP,
  VIRTIO_NET_HDR_F_NEEDS_CSUM,
  checksum,
  dataViewOf,
  ethernet,
  ipv4,
  ipv6,
  ipv6Fragment,
  virtioNet,
} from '../wire/index.js';
import type { Drops } from './drops.js';
import type { Link } from './link.js';
import type { IpVersion, Packet } from './packet.js';

const MAC_AT = virtioNet.size + ethernet.offset.destination;
const IP_AT = virtioNet.size + ethernet.size;
/** The largest IP packet, IPv6 header and jumbo-less payload included, and room to fragment it. */
const FRAME_MAX = IP_AT + ipv6.size + ipv6Fragment.size + 0xffff;

/** The most that fits behind the IP header, in bytes. */
export function payloadMax(version: IpVersion): number {
  return version === 4 ? 0xffff - ipv4.size : 0xffff;
}

/** Where a transport's header lies in a frame without options or extension headers. */
export function payloadAt(version: IpVersion): number {
  return IP_AT + (version === 4 ? ipv4.size : ipv6.size);
}

export interface EnvelopeValues {
  readonly sourceMac: Uint8Array;
  readonly destinationMac: Uint8Array;
  /** 4 or 16 bytes, both alike. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly protocol: number;
  readonly hopLimit?: number;
}

/** All headers below the transport's, except for lengths. */
export class Envelope {
  readonly version: IpVersion;
  readonly protocol: number;
  /** virtio-net, Ethernet and IP header. */
  readonly template: Uint8Array;
  /** The IPv4 header's sum without its length. */
  readonly headerSum: number;
  /** The pseudo header's sum without the length. */
  readonly pseudoSum: number;

  constructor(values: EnvelopeValues) {
    const { source, destination, protocol, hopLimit = 64 } = values;
    this.version = source.length === 4 ? 4 : 6;
    this.protocol = protocol;
    this.template = new Uint8Array(payloadAt(this.version));
    const view = dataViewOf(this.template);
    ethernet.write(view, virtioNet.size, {
      destination: values.destinationMac,
      source: values.sourceMac,
      type: this.version === 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6,
    });
    if (this.version === 4) writeIpv4(view, { source, destination, protocol, hopLimit });
    else writeIpv6(view, { source, destination, protocol, hopLimit });
    this.headerSum = this.version === 4 ? checksum.addBytes(0, view, IP_AT, ipv4.size) : 0;
    const addressesAt = this.template.length - 2 * source.length;
    this.pseudoSum = checksum.pseudoHeaderSum(view, addressesAt, source.length === 4 ? 4 : 16, {
      protocol,
      length: 0,
    });
  }

  /** Frames go to where this one came from: a device can be given another MAC address. */
  answer({ bytes, ethernetAt }: Packet): void {
    const from = ethernetAt + ethernet.offset.source;
    for (let i = 0; i < 6; i++) this.template[MAC_AT + i] = bytes[from + i] ?? 0;
  }

  /** Whom frames go to. */
  get destinationMac(): Uint8Array {
    return this.template.subarray(MAC_AT, MAC_AT + 6);
  }
}

interface Addressed {
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly protocol: number;
  readonly hopLimit: number;
}

/** With DF set, the identification may be anything (RFC 6864 section 4.1). */
function writeIpv4(view: DataView, { source, destination, protocol, hopLimit }: Addressed): void {
  ipv4.write(view, IP_AT, {
    versionAndLength: 0x45,
    trafficClass: 0,
    totalLength: 0,
    identification: 0,
    flagsAndFragment: IPV4_DONT_FRAGMENT,
    ttl: hopLimit,
    protocol,
    checksum: 0,
    ...{ source, destination },
  });
}

function writeIpv6(view: DataView, { source, destination, protocol, hopLimit }: Addressed): void {
  ipv6.write(view, IP_AT, {
    versionClassFlow: 0x6000_0000,
    payloadLength: 0,
    nextHeader: protocol,
    hopLimit,
    ...{ source, destination },
  });
}

/** What the device is to do with a frame: fill in the checksum, cut it into segments. */
export interface Offload {
  /** VIRTIO_NET_HDR_GSO_*, 0 for one packet. */
  readonly gsoType: number;
  readonly gsoSize: number;
  /** Of the transport's header. */
  readonly headerLength: number;
  /** Where in the transport's header its checksum lies. */
  readonly checksumOffset: number;
}

export class Outgoing {
  /** With room behind the largest frame for one more payload: hosts gather datagrams in it. */
  readonly bytes = new Uint8Array(FRAME_MAX + 0xffff);
  readonly view = dataViewOf(this.bytes);
  readonly #link: Link;
  readonly #drops: Drops;
  readonly #virtio = virtioNet.view();

  constructor(link: Link, drops: Drops) {
    this.#link = link;
    this.#drops = drops;
  }

  /**
   * Sends what lies at `payloadAt`, `length` bytes with the transport's header, with its checksum
   * complete already. False: lost.
   */
  send(envelope: Envelope, length: number): boolean {
    this.#putHeaders(envelope, length);
    return this.#transmit(0, envelope.template.length + length);
  }

  /** Of what lies at `payloadAt`; for all but ICMP with the pseudo header. */
  putChecksum(envelope: Envelope, length: number, checksumOffset: number): void {
    const { view } = this;
    const at = envelope.template.length;
    const start = envelope.protocol === PROTOCOL_ICMP ? 0 : envelope.pseudoSum + length;
    view.setUint16(at + checksumOffset, 0);
    const sum = checksum.finish(checksum.addBytes(start, view, at, length));
    // Of UDP, 0 says that there is none; both values mean the same (RFC 768).
    const isNone = sum === 0 && envelope.protocol === PROTOCOL_UDP;
    view.setUint16(at + checksumOffset, isNone ? 0xffff : sum);
  }

  /** The same; the checksum and the cutting are left to the device: no payload is touched here. */
  sendOffloaded(envelope: Envelope, length: number, offload: Offload): boolean {
    const { view } = this;
    this.#putHeaders(envelope, length);
    const transportAt = envelope.template.length;
    const { window } = this.#virtio.on(view, 0);
    window.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
    window.gsoType = offload.gsoType;
    window.gsoSize = offload.gsoSize;
    window.headerLength = transportAt - virtioNet.size + offload.headerLength;
    window.checksumStart = transportAt - virtioNet.size;
    window.checksumOffset = offload.checksumOffset;
    const sum = checksum.fold(envelope.pseudoSum + length);
    view.setUint16(transportAt + offload.checksumOffset, sum);
    return this.#transmit(0, transportAt + length);
  }

  /** A frame that the caller has put into `bytes`, its virtio-net header included. */
  sendRaw(at: number, length: number): boolean {
    return this.#transmit(at, length);
  }

  #putHeaders(envelope: Envelope, length: number): void {
    const { bytes, view } = this;
    bytes.set(envelope.template, 0);
    if (envelope.version === 6) {
      view.setUint16(IP_AT + ipv6.offset.payloadLength, length);
      return;
    }
    const totalLength = ipv4.size + length;
    view.setUint16(IP_AT + ipv4.offset.totalLength, totalLength);
    view.setUint16(IP_AT + ipv4.offset.checksum, checksum.finish(envelope.headerSum + totalLength));
  }

  #transmit(at: number, length: number): boolean {
    const sent = this.#link.send(this.bytes, at, length);
    if (!sent) this.#drops.add('link: queue full');
    return sent;
  }
}
