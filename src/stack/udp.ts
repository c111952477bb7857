/**
 * UDP (RFC 768): each flow has a socket of its own on the host. Super-datagrams, many of equal size
 * in one frame, cross whole in both directions; checksums are left to the device.
 */
import {
  PROTOCOL_UDP,
  VIRTIO_NET_HDR_GSO_NONE,
  VIRTIO_NET_HDR_GSO_UDP_L4,
  checksum,
  udp,
} from '../wire/index.js';
import {
  DatagramFlows,
  type DatagramFlow,
  type DatagramProtocol,
  type Sizes,
} from './datagram-flows.js';
import { headOf } from './datagram-head.js';
import type { DatagramParts } from './datagram-parts.js';
import type { DropReason, Drops } from './drops.js';
import { needsFragments, type Fragmenter } from './fragmentation.js';
import type {
  DatagramEvents,
  FlowEnds,
  HostDatagrams,
  IcmpError,
  Refusal,
  UdpHost,
} from './host.js';
import { payloadAt, payloadMax, type Outgoing } from './outgoing.js';
import type { IpVersion, Packet } from './packet.js';
import { portUnreachable } from './port-unreachable.js';

/** RFC 4787 section 4.3: five minutes; not less than two without an answer. */
const ANSWERED_IDLE_MS = 300_000;
const UNANSWERED_IDLE_MS = 120_000;
/** A question and its answer, retried for a few seconds. */
const DNS_PORT = 53;
const DNS_IDLE_MS = 10_000;

export interface UdpParts extends DatagramParts {
  readonly outgoing: Outgoing;
  readonly fragmenter: Fragmenter;
  readonly host: UdpHost;
  readonly limit: number;
}

export class Udp implements DatagramProtocol {
  readonly name = 'udp';
  readonly flows: DatagramFlows;
  readonly limit: number;
  readonly tooMany = 'udp: too many flows';
  readonly tooManyNew = 'udp: too many new flows';
  readonly #outgoing: Outgoing;
  readonly #fragmenter: Fragmenter;
  readonly #host: UdpHost;
  readonly #drops: Drops;

  constructor(parts: UdpParts) {
    this.#outgoing = parts.outgoing;
    this.#fragmenter = parts.fragmenter;
    this.#host = parts.host;
    this.#drops = parts.drops;
    this.limit = parts.limit;
    this.flows = new DatagramFlows(this, parts);
  }

  /** A datagram that was checked by `faultOf`. */
  onDatagram(packet: Packet): DropReason | undefined {
    const { bytes, view, payloadAt: at, gsoSize } = packet;
    const remotePort = view.getUint16(at + udp.offset.destinationPort);
    const flow = this.flows.of(packet, view.getUint16(at), remotePort);
    const host = flow?.host;
    if (flow === undefined || host === undefined) return undefined;
    const length = view.getUint16(at + udp.offset.length) - udp.size;
    const sent =
      gsoSize > 0 && gsoSize < length
        ? host.sendSegments(bytes, at + udp.size, length, gsoSize)
        : host.send(bytes, at + udp.size, length);
    if (sent < 0) return 'udp: host refused';
    flow.bytesToHost += sent;
    return undefined;
  }

  number(): number {
    return PROTOCOL_UDP;
  }

  open(ends: FlowEnds, events: DatagramEvents): HostDatagrams | Refusal {
    return this.#host.open(ends, events);
  }

  idleMs({ ends, direction, isAnswered }: DatagramFlow): number {
    const server = direction === 'outbound' ? ends.remotePort : ends.namespacePort;
    if (server === DNS_PORT) return DNS_IDLE_MS;
    return isAnswered ? ANSWERED_IDLE_MS : UNANSWERED_IDLE_MS;
  }

  refused(version: IpVersion): IcmpError {
    return portUnreachable(version);
  }

  quote(flow: DatagramFlow, quoted: Uint8Array): Uint8Array {
    return Uint8Array.of(...headOf(flow), ...quoted);
  }

  /** Whole if each datagram fits into a packet, else one by one. */
  deliver(flow: DatagramFlow, bytes: Uint8Array, at: number, { length, segment }: Sizes): void {
    const place = datagramAt(flow.ends.version);
    const isSuper = segment > 0 && segment < length;
    const fits = udp.size + length <= payloadMax(flow.ends.version);
    if (!isSuper && !fits) {
      this.#drops.add('udp: too long');
    } else if (!isSuper || (fits && !isTooLarge(flow, segment))) {
      if (bytes !== this.#outgoing.bytes || at !== place) {
        this.#outgoing.bytes.set(bytes.subarray(at, at + length), place);
      }
      this.#send(flow, length, isSuper ? segment : 0);
    } else {
      this.#sendEach(flow, bytes.slice(at, at + length), segment);
    }
  }

  /** The datagrams do not lie in the outgoing frame: fragments are written over what follows. */
  #sendEach(flow: DatagramFlow, bytes: Uint8Array, segment: number): void {
    const place = datagramAt(flow.ends.version);
    for (let at = 0; at < bytes.length; at += segment) {
      const datagram = bytes.subarray(at, at + segment);
      this.#outgoing.bytes.set(datagram, place);
      this.#send(flow, datagram.length, 0);
    }
  }

  /** What lies in its place behind the UDP header. */
  #send(flow: DatagramFlow, payload: number, gsoSize: number): void {
    const { ends, envelope } = flow;
    const { view } = this.#outgoing;
    const at = payloadAt(ends.version);
    const length = udp.size + payload;
    view.setUint16(at + udp.offset.sourcePort, ends.remotePort);
    view.setUint16(at + udp.offset.destinationPort, ends.namespacePort);
    view.setUint16(at + udp.offset.length, length);
    if (gsoSize > 0 || !isTooLarge(flow, payload)) {
      this.#outgoing.sendOffloaded(envelope, length, {
        gsoType: gsoSize > 0 ? VIRTIO_NET_HDR_GSO_UDP_L4 : VIRTIO_NET_HDR_GSO_NONE,
        gsoSize,
        headerLength: udp.size,
        checksumOffset: udp.offset.checksum,
      });
      return;
    }
    this.#outgoing.putChecksum(envelope, length, udp.offset.checksum);
    this.#fragmenter.send(envelope, length, flow.mtu);
  }
}

function isTooLarge({ envelope, mtu }: DatagramFlow, payload: number): boolean {
  return needsFragments(envelope, udp.size + payload, mtu);
}

/** Where the payload of a datagram lies in the outgoing frame. */
export function datagramAt(version: IpVersion): number {
  return payloadAt(version) + udp.size;
}

/** What is wrong with a datagram, if something is. */
export function faultOfDatagram(packet: Packet): DropReason | undefined {
  const { view, payloadAt: at, end, version } = packet;
  if (end - at < udp.size) return 'udp: malformed';
  const length = view.getUint16(at + udp.offset.length);
  if (length < udp.size || length > end - at) return 'udp: malformed';
  if (view.getUint16(at + udp.offset.destinationPort) === 0) return 'udp: malformed';
  if (packet.checksumIsPartial) return undefined;
  // None is allowed with IPv4 alone (RFC 8200 section 8.1).
  if (version === 4 && view.getUint16(at + udp.offset.checksum) === 0) return undefined;
  const pseudo = checksum.pseudoHeaderSum(view, packet.sourceAt, packet.addressLength, {
    protocol: PROTOCOL_UDP,
    length,
  });
  return checksum.isIntact(checksum.addBytes(pseudo, view, at, length))
    ? undefined
    : 'udp: checksum';
}
