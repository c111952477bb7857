/**
 * Data from the host to the namespace: from the host's socket straight into frames, as far as the
 * namespace's window reaches. It stays in the socket until it is acknowledged, so sending it again is
 * sending it from there.
 */
import { tcpFlags } from '../../wire/index.js';
import { EAGAIN, PEEK_WINDOW_BYTES } from '../host.js';
import { breakOff } from './ending.js';
import { did, type Flow } from './flow.js';
import { QUANTUM_FRAMES } from './limits.js';
import { add, diff, later, lessThan, type Seq } from './seq.js';
import { backedOffRtoMs, setTimer, startTiming, stopTiming } from './timers.js';
import { maxPayload, segmentPayloadAt, transmit } from './transmit.js';

const { ACK, PSH, FIN } = tcpFlags;

/** Sends what may be sent now; the rest of a long stream when others have had their turn. */
export function pump(flow: Flow, frames = QUANTUM_FRAMES): void {
  if (!flow.has(did.ESTABLISH)) return;
  for (let sent = 0; hasMore(flow); sent++) {
    if (sent === frames) {
      flow.context.enqueue(flow);
      return;
    }
    const most = sendable(flow);
    const count = most > 0 ? sendFrom(flow, flow.sndNxt, most) : 0;
    if (count <= 0) break;
    noteSent(flow, count);
  }
  // Nothing is on its way that would be answered with a larger window: ask for it. What a timeout has
  // declared lost is not on its way either; the window may have closed over it.
  const isStuck = hasMore(flow) && flow.sndUna === flow.sndNxt && !flow.isQueued;
  if (isStuck && flow.timer === 'none') setTimer(flow, 'persist', backedOffRtoMs(flow));
}

function hasMore(flow: Flow): boolean {
  if (flow.has(did.END)) return false;
  // Something is to be sent again.
  if (flow.sndNxt !== flow.sndMax) return true;
  if (flow.has(did.FIN_FROM_HOST)) return !flow.has(did.FIN_TO_TAP);
  return flow.isReadable;
}

/** How many bytes may be sent from `sndNxt`. */
function sendable(flow: Flow): number {
  // A FIN fits into any window: Linux takes it with none, others ask again.
  if (flow.has(did.FIN_FROM_HOST) && flow.sndNxt === flow.finSeq) return 1;
  const inFlight = diff(flow.sndNxt, flow.sndUna);
  const room = Math.min(
    flow.sndWnd - inFlight,
    PEEK_WINDOW_BYTES - diff(flow.sndNxt, flow.sndBase),
    maxPayload(flow.ends.version),
  );
  // Whole segments, so that none but the last is short.
  if (room >= flow.mss) return room - (room % flow.mss);
  // Sender's silly window avoidance (RFC 9293 section 3.8.6.2.1).
  return inFlight === 0 || 2 * room >= flow.sndWndMax ? Math.max(0, room) : 0;
}

/**
 * Sends what lies at this number, for the first time or again, up to so many bytes. Answers how much
 * of the sequence space it was; 0: nothing there, or the link was full, or the flow is no more.
 */
export function sendFrom(flow: Flow, seq: Seq, most: number): number {
  if (flow.has(did.FIN_FROM_HOST) && seq === flow.finSeq) return sendFin(flow);
  const { stream, context, ends } = flow;
  if (stream === undefined) return 0;
  const at = segmentPayloadAt(ends.version);
  const got = stream.peek(diff(seq, flow.sndBase), context.outgoing.bytes, at, most);
  if (got <= 0) return nothingThere(flow, seq, got);
  let flags: number = ACK;
  if (got < most) {
    flags |= PSH;
    if (endsBehind(flow, add(seq, got), at + got)) {
      noteHostEnd(flow, add(seq, got));
      flags |= FIN;
    }
  }
  if (!transmit(flow, seq, flags, got)) return 0;
  if (got < most) flow.isReadable = flow.endIsNear && !flow.has(did.FIN_FROM_HOST);
  return (flags & FIN) === 0 ? got : got + noteFinSent(flow);
}

/** Whether the FIN may travel with the last data, in front of this number. */
function endsBehind(flow: Flow, seq: Seq, at: number): boolean {
  if (!flow.endIsNear || flow.has(did.BREAK_AT_HOST)) return false;
  const { bytes } = flow.context.outgoing;
  return flow.stream?.peek(diff(seq, flow.sndBase), bytes, at, 1) === 0;
}

function nothingThere(flow: Flow, seq: Seq, answer: number): number {
  flow.isReadable = false;
  // What came before the break has been sent. A socket tells an error only once; then it has ended.
  const isBroken = flow.has(did.BREAK_AT_HOST) || answer < 0;
  if (answer !== -EAGAIN && isBroken) {
    breakOff(flow, 'reset-by-host');
  } else if (answer === 0) {
    noteHostEnd(flow, seq);
    return sendFin(flow);
  }
  return 0;
}

function noteHostEnd(flow: Flow, seq: Seq): void {
  flow.note(did.FIN_FROM_HOST);
  flow.finSeq = seq;
  flow.isReadable = false;
}

function sendFin(flow: Flow): number {
  return transmit(flow, flow.finSeq, FIN | ACK, 0) ? noteFinSent(flow) : 0;
}

function noteFinSent(flow: Flow): number {
  if (!flow.has(did.FIN_TO_TAP | did.FIN_FROM_TAP)) flow.note(did.CLOSE_FIRST);
  flow.note(did.FIN_TO_TAP);
  return 1;
}

function noteSent(flow: Flow, count: number): void {
  const end = add(flow.sndNxt, count);
  if (lessThan(flow.sndNxt, flow.sndMax)) stopTiming(flow);
  else startTiming(flow, end);
  flow.sndNxt = end;
  flow.sndMax = later(flow.sndMax, end);
  if (flow.timer !== 'retransmit') setTimer(flow, 'retransmit', backedOffRtoMs(flow));
}
