/** The ACK field of segments from the namespace (RFC 9293 section 3.10.7.4, fifth). */
import { tcpFlags } from '../../wire/index.js';
import { finishIfDone, forgetAcknowledged } from './ending.js';
import { did, type Flow } from './flow.js';
import { DISCARD_ACKS, DISCARD_BYTES, DISCARD_LAST_BYTES } from './limits.js';
import { advanceRecovery, duplicateAck, noteSackBlocks, repair } from './recovery.js';
import type { Segment } from './segment.js';
import { add, atMost, diff, lessThan } from './seq.js';
import { backedOffRtoMs, clearTimer, finishTiming, setTimer } from './timers.js';
import { sendAck } from './transmit.js';

/** False: the rest of the segment is not looked at. */
export function ackFromTap(flow: Flow, segment: Segment): boolean {
  const { ack } = segment;
  // Data that was never sent, or so old that it must be a guess (RFC 5961 section 5.2).
  const isSound = atMost(ack, flow.sndMax) && diff(flow.sndUna, ack) <= flow.sndWndMax;
  if (!isSound) {
    if (flow.context.mayChallenge()) sendAck(flow);
    return false;
  }
  flow.probes = 0;
  // An old one; its text may be new.
  if (lessThan(ack, flow.sndUna)) return true;
  const hasNewBlocks = noteSackBlocks(flow, segment);
  const hasNewWindow = updateWindow(flow, segment);
  if (ack !== flow.sndUna) {
    acknowledged(flow, segment);
    if (hasNewBlocks && !flow.has(did.END)) repair(flow);
  } else if (flow.sndUna !== flow.sndMax && segment.length === 0) {
    // RFC 5681 section 2, or with SACK RFC 6675 section 2.
    if (hasNewBlocks || !hasNewWindow) duplicateAck(flow);
  }
  return !flow.has(did.END);
}

/** The namespace's window, as of the segment that was sent last; true: it is another one. */
function updateWindow(flow: Flow, segment: Segment): boolean {
  const { seq, ack } = segment;
  const isNewer = lessThan(flow.sndWl1, seq) || (flow.sndWl1 === seq && atMost(flow.sndWl2, ack));
  if (!isNewer) return false;
  const before = flow.sndWnd;
  flow.sndWnd = segment.window << (segment.has(tcpFlags.SYN) ? 0 : flow.sndShift);
  flow.sndWndMax = Math.max(flow.sndWndMax, flow.sndWnd);
  flow.sndWl1 = seq;
  flow.sndWl2 = ack;
  // An open window needs no probes; with the next closed one they begin again.
  if (flow.sndWnd > 0 && flow.timer === 'persist') {
    flow.retries = 0;
    clearTimer(flow);
  }
  return flow.sndWnd !== before;
}

function acknowledged(flow: Flow, { ack }: Segment): void {
  flow.sndUna = ack;
  if (lessThan(flow.sndNxt, ack)) flow.sndNxt = ack;
  flow.retries = 0;
  finishTiming(flow, ack);
  // RFC 6298 sections 5.2 and 5.3.
  if (ack === flow.sndMax) clearTimer(flow);
  else setTimer(flow, 'retransmit', backedOffRtoMs(flow));
  const isAll = flow.has(did.FIN_TO_TAP) && ack === add(flow.finSeq, 1);
  if (isAll) flow.note(did.ACK_OF_FIN_FROM_TAP);
  flow.acksKept++;
  const most = ack === flow.sndMax ? DISCARD_LAST_BYTES : DISCARD_BYTES;
  if (diff(ack, flow.sndBase) >= most || flow.acksKept >= DISCARD_ACKS) forgetAcknowledged(flow);
  if (isAll) finishIfDone(flow);
  else advanceRecovery(flow);
}
