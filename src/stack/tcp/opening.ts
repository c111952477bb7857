/**
 * How flows begin. A SYN of the namespace is answered when the host's side is connected, and as the
 * host's side was answered; a flow that begins at the host sends a SYN of its own.
 */
import { PROTOCOL_TCP, tcp, tcpFlags } from '../../wire/index.js';
import { dataViewOf } from '../../wire/index.js';
import type { HostStream, Refusal } from '../host.js';
import { remove } from './ending.js';
import { did, type Flow } from './flow.js';
import { INITIAL_RTO_MS, WINDOW_SHIFT } from './limits.js';
import type { Segment } from './segment.js';
import { add } from './seq.js';
import { backedOffRtoMs, clearTimer, setTimer, startTiming } from './timers.js';
import { maxSegmentSize, transmit, transmitSyn } from './transmit.js';
import { windowShiftFor } from './window.js';

const { SYN, RST, ACK } = tcpFlags;

/** RFC 9293 section 3.7.1: what to expect of an end that does not say. */
const DEFAULT_MSS = { 4: 536, 6: 1220 } as const;
/** Smaller segments would only be an attack; Linux's TCP_MIN_MSS. */
const MIN_MSS = 88;

/** Everything that the namespace's SYN says. */
export function noteSyn(flow: Flow, segment: Segment): void {
  const { context, ends } = flow;
  const options = context.options.read(segment.view, segment.optionsAt, segment.dataAt);
  flow.note(did.SYN_FROM_TAP);
  flow.irs = segment.seq;
  flow.rcvNxt = add(segment.seq, 1);
  flow.rcvAdv = flow.rcvNxt;
  flow.rcvAcked = flow.rcvNxt;
  const most = maxSegmentSize(ends.version, context.pathMtus.of(ends.namespaceAddress));
  const wanted = options.mss === 0 ? DEFAULT_MSS[ends.version] : options.mss;
  flow.mss = Math.max(MIN_MSS, Math.min(wanted, most));
  flow.rcvShift = windowShiftFor(options.windowShift);
  flow.sndShift = Math.max(0, options.windowShift);
  flow.sackPermitted = options.sackPermitted;
  flow.sndWnd = segment.window;
  flow.sndWndMax = segment.window;
  flow.sndWl1 = segment.seq;
  flow.sndWl2 = segment.ack;
}

/** The host's side is connected: SYN|ACK. */
export function answerSyn(flow: Flow, stream: HostStream): void {
  flow.context.pending.delete(flow);
  flow.attempt = undefined;
  flow.stream = stream;
  chooseIss(flow);
  sendSyn(flow);
}

/** A flow that begins at the host: SYN. */
export function startAtHost(flow: Flow, stream: HostStream): void {
  const { context, ends } = flow;
  flow.stream = stream;
  flow.mss = maxSegmentSize(ends.version, context.pathMtus.of(ends.namespaceAddress));
  flow.rcvShift = WINDOW_SHIFT;
  flow.sackPermitted = true;
  chooseIss(flow);
  sendSyn(flow);
}

/** For the first time or again: SYN, or SYN|ACK when the namespace's own has come. */
export function sendSyn(flow: Flow): void {
  flow.note(did.SYN_TO_TAP);
  if (flow.retries === 0) startTiming(flow, flow.sndNxt);
  transmitSyn(flow, add(flow.sndNxt, -1), flow.has(did.SYN_FROM_TAP) ? SYN | ACK : SYN);
  setTimer(flow, 'handshake', backedOffRtoMs(flow));
}

/** Our SYN is acknowledged, and theirs is here. */
export function establish(flow: Flow): void {
  flow.note(did.ESTABLISH);
  if (flow.direction === 'inbound') flow.stream?.settled?.('accepted');
  flow.sndUna = flow.sndNxt;
  flow.retries = 0;
  clearTimer(flow);
}

/** The host's side cannot be connected: the namespace sees what the host saw. */
export function refuse(flow: Flow, refusal: Refusal): void {
  flow.attempt = undefined;
  if (refusal.kind === 'refused') {
    transmit(flow, 0, RST | ACK, 0);
  } else if (refusal.kind === 'unreachable') {
    const { context, ends, pair } = flow;
    const mac = pair.envelope.destinationMac;
    const about = { ends, mac, protocol: PROTOCOL_TCP, head: synOf(flow), length: tcp.size };
    context.errors.aboutSent(about, refusal);
  }
  remove(flow, refusal.kind);
}

/** The header of the namespace's SYN, as far as its sender needs it back. */
function synOf({ ends, irs }: Flow): Uint8Array {
  const head = new Uint8Array(tcp.size);
  tcp.write(dataViewOf(head), 0, {
    sourcePort: ends.namespacePort,
    destinationPort: ends.remotePort,
    sequence: irs >>> 0,
    acknowledgment: 0,
    dataOffset: tcp.size << 2,
    flags: SYN,
    window: 0,
    checksum: 0,
    urgent: 0,
  });
  return head;
}

/** RFC 6528 wants it unpredictable. */
function chooseIss(flow: Flow): void {
  const iss = flow.context.random() | 0;
  flow.sndUna = iss;
  flow.sndNxt = add(iss, 1);
  flow.sndMax = flow.sndNxt;
  flow.sndBase = flow.sndNxt;
  flow.rtoMs = INITIAL_RTO_MS;
}
