/**
 * ICMP echo (RFC 792, RFC 4443 section 4): requests leave through ping sockets of the host, a flow
 * for each identifier and destination. Whoever is asked answers, we never do: what answers inside is
 * what answers outside. The gateway is the host itself.
 */
import {
  ICMPV6_ADDR_UNREACH,
  ICMPV6_DEST_UNREACH,
  ICMPV6_ECHO_REPLY,
  ICMP_DEST_UNREACH,
  ICMP_ECHOREPLY,
  ICMP_HOST_UNREACH,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  icmp,
  icmpEcho,
} from '../wire/index.js';
import {
  DatagramFlows,
  type DatagramFlow,
  type DatagramProtocol,
  type Sizes,
} from './datagram-flows.js';
import { headOf } from './datagram-head.js';
import type { DatagramParts } from './datagram-parts.js';
import type { DropReason } from './drops.js';
import type { Fragmenter } from './fragmentation.js';
import type {
  DatagramEvents,
  EchoHost,
  FlowEnds,
  HostDatagrams,
  IcmpError,
  Refusal,
} from './host.js';
import { payloadAt, payloadMax, type Outgoing } from './outgoing.js';
import type { IpVersion, Packet } from './packet.js';

/** RFC 5508 section 3.2: not less than a minute. */
const IDLE_MS = 60_000;

export interface EchoParts extends DatagramParts {
  readonly outgoing: Outgoing;
  readonly fragmenter: Fragmenter;
  readonly host: EchoHost;
  readonly limit: number;
}

export class Echo implements DatagramProtocol {
  readonly name = 'echo';
  readonly flows: DatagramFlows;
  readonly limit: number;
  readonly tooMany = 'icmp: too many flows';
  readonly tooManyNew = 'icmp: too many new flows';
  readonly #outgoing: Outgoing;
  readonly #fragmenter: Fragmenter;
  readonly #host: EchoHost;

  constructor(parts: EchoParts) {
    this.#outgoing = parts.outgoing;
    this.#fragmenter = parts.fragmenter;
    this.#host = parts.host;
    this.limit = parts.limit;
    this.flows = new DatagramFlows(this, parts);
  }

  /** An echo request whose checksum is right. */
  onRequest(packet: Packet): DropReason | undefined {
    const { bytes, view, payloadAt: at, end } = packet;
    const flow = this.flows.of(packet, view.getUint16(at + icmpEcho.offset.identifier), 0);
    const host = flow?.host;
    if (flow === undefined || host === undefined) return undefined;
    const sent = host.send(bytes, at, end - at);
    if (sent < 0) return 'icmp: host refused';
    flow.bytesToHost += sent;
    return undefined;
  }

  number(version: IpVersion): number {
    return version === 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6;
  }

  open(ends: FlowEnds, events: DatagramEvents): HostDatagrams | Refusal {
    return this.#host.open(ends, events);
  }

  idleMs(): number {
    return IDLE_MS;
  }

  /** There is no port to be closed: the host is not there. */
  refused(version: IpVersion): IcmpError {
    return version === 4
      ? { type: ICMP_DEST_UNREACH, code: ICMP_HOST_UNREACH }
      : { type: ICMPV6_DEST_UNREACH, code: ICMPV6_ADDR_UNREACH };
  }

  /** Which of several requests it was, the quoted sequence number says. */
  quote(flow: DatagramFlow, quoted: Uint8Array): Uint8Array {
    const head = headOf(flow);
    if (quoted.length < icmpEcho.size) return head;
    head.set(quoted.subarray(icmpEcho.offset.sequence, icmpEcho.size), icmpEcho.offset.sequence);
    return Uint8Array.of(...head, ...quoted.subarray(icmpEcho.size));
  }

  /** A whole reply, with an identifier of the host's. */
  deliver(
    { ends, envelope, mtu }: DatagramFlow,
    bytes: Uint8Array,
    at: number,
    sizes: Sizes,
  ): void {
    const { length } = sizes;
    if (length < icmpEcho.size || length > payloadMax(ends.version)) return;
    const { view } = this.#outgoing;
    const place = payloadAt(ends.version);
    this.#outgoing.bytes.set(bytes.subarray(at, at + length), place);
    view.setUint8(place, ends.version === 4 ? ICMP_ECHOREPLY : ICMPV6_ECHO_REPLY);
    view.setUint8(place + icmp.offset.code, 0);
    view.setUint16(place + icmpEcho.offset.identifier, ends.namespacePort);
    this.#outgoing.putChecksum(envelope, length, icmp.offset.checksum);
    this.#fragmenter.send(envelope, length, mtu);
  }
}
