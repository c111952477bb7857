/** Answers to segments that belong to no connection (RFC 9293 section 3.10.7.1). */
import { VIRTIO_NET_HDR_GSO_NONE, tcp, tcpFlags } from '../../wire/index.js';
import { payloadAt } from '../outgoing.js';
import type { TcpContext } from './flow.js';
import type { Segment } from './segment.js';
import { type Seq } from './seq.js';

const { RST, ACK } = tcpFlags;

const offload = {
  gsoType: VIRTIO_NET_HDR_GSO_NONE,
  gsoSize: 0,
  headerLength: tcp.size,
  checksumOffset: tcp.offset.checksum,
};
const header = tcp.view();

/** `<SEQ=SEG.ACK><CTL=RST>`, or `<SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>`. */
export function answerWithReset(context: TcpContext, segment: Segment): void {
  if (segment.has(RST)) return;
  if (segment.has(ACK)) sendReset(context, segment, segment.ack, 0);
  else sendReset(context, segment, 0, segment.end);
}

function sendReset(context: TcpContext, segment: Segment, seq: Seq, ack: Seq): void {
  const { packet } = segment;
  if (packet === undefined) return;
  const envelope = context.pairs.answerTo(packet);
  const { window } = header.on(context.outgoing.view, payloadAt(envelope.version));
  window.sourcePort = segment.destinationPort;
  window.destinationPort = segment.sourcePort;
  window.sequence = seq;
  window.acknowledgment = ack;
  window.dataOffset = tcp.size << 2;
  window.flags = segment.has(ACK) ? RST : RST | ACK;
  window.window = 0;
  window.checksum = 0;
  window.urgent = 0;
  context.outgoing.sendOffloaded(envelope, tcp.size, offload);
}
