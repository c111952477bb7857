/**
 * Segments on their way to the namespace. Whatever payload there is lies in the outgoing frame
 * already; checksums and the cutting into segments are the device's work.
 */
import {
  SACK_BLOCKS_MAX,
  VIRTIO_NET_HDR_GSO_NONE,
  VIRTIO_NET_HDR_GSO_TCPV4,
  VIRTIO_NET_HDR_GSO_TCPV6,
  ipv4,
  ipv6,
  tcp,
  tcpFlags,
  writeSackOption,
  writeSynOptions,
} from '../../wire/index.js';
import { payloadAt } from '../outgoing.js';
import type { IpVersion } from '../packet.js';
import type { Flow } from './flow.js';
import type { Seq } from './seq.js';
import { offerWindow } from './window.js';

const { SYN, RST, ACK } = tcpFlags;

/** Where in an outgoing frame a segment's payload lies, when it has no options. */
export function segmentPayloadAt(version: IpVersion): number {
  return payloadAt(version) + tcp.size;
}

/** What the IP header's length field allows. */
export function maxPayload(version: IpVersion): number {
  return 0xffff - (version === 4 ? ipv4.size : 0) - tcp.size;
}

/** The largest segment that a device takes in one piece. */
export function maxSegmentSize(version: IpVersion, mtu: number): number {
  return mtu - (version === 4 ? ipv4.size : ipv6.size) - tcp.size;
}

const offload = { gsoType: 0, gsoSize: 0, headerLength: 0, checksumOffset: tcp.offset.checksum };
const header = tcp.view();
const sackEdges = new Int32Array(2 * SACK_BLOCKS_MAX);

/**
 * Sends a segment with so many bytes of payload. False: the link took none, and the flow will be
 * looked at again soon.
 */
export function transmit(flow: Flow, seq: Seq, flags: number, payloadLength: number): boolean {
  putHeader(flow, seq, flags, 0);
  return send(flow, 0, payloadLength);
}

/** SYN, or SYN|ACK. */
export function transmitSyn(flow: Flow, seq: Seq, flags: number): boolean {
  const { outgoing, settings } = flow.context;
  const { version } = flow.ends;
  const optionsLength = writeSynOptions(outgoing.view, segmentPayloadAt(version), {
    mss: maxSegmentSize(version, settings.mtu),
    windowShift: flow.rcvShift === 0 ? -1 : flow.rcvShift,
    sackPermitted: flow.sackPermitted,
  });
  putHeader(flow, seq, flags, optionsLength);
  return send(flow, optionsLength, 0);
}

/** An acknowledgment alone; it says what came out of order (RFC 2018). */
export function sendAck(flow: Flow): boolean {
  const { outOfOrder } = flow;
  let optionsLength = 0;
  if (flow.sackPermitted && outOfOrder !== undefined) {
    const blocks = outOfOrder.writeBlocks(sackEdges);
    const at = segmentPayloadAt(flow.ends.version);
    optionsLength = writeSackOption(flow.context.outgoing.view, at, sackEdges, blocks);
  }
  flow.ackIsDue = true;
  putHeader(flow, flow.sndMax, ACK, optionsLength);
  return send(flow, optionsLength, 0);
}

function putHeader(flow: Flow, seq: Seq, flags: number, optionsLength: number): void {
  const { window } = header.on(flow.context.outgoing.view, payloadAt(flow.ends.version));
  window.sourcePort = flow.ends.remotePort;
  window.destinationPort = flow.ends.namespacePort;
  window.sequence = seq;
  window.acknowledgment = (flags & ACK) !== 0 ? flow.rcvNxt : 0;
  window.dataOffset = (tcp.size + optionsLength) << 2;
  window.flags = flags;
  window.window = (flags & RST) !== 0 ? 0 : offerWindow(flow, (flags & SYN) !== 0);
  window.checksum = 0;
  window.urgent = 0;
}

function send(flow: Flow, optionsLength: number, payloadLength: number): boolean {
  const { context, ends, pair } = flow;
  const headerLength = tcp.size + optionsLength;
  offload.headerLength = headerLength;
  offload.gsoType = payloadLength > flow.mss ? gsoTypeOf(ends.version) : VIRTIO_NET_HDR_GSO_NONE;
  offload.gsoSize = payloadLength > flow.mss ? flow.mss : 0;
  const length = headerLength + payloadLength;
  if (!context.outgoing.sendOffloaded(pair.envelope, length, offload)) {
    context.retryOnLink(flow);
    return false;
  }
  flow.ackIsDue = false;
  flow.rcvAcked = flow.rcvNxt;
  return true;
}

function gsoTypeOf(version: IpVersion): number {
  return version === 4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
}
