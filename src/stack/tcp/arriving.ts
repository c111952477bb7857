/** What an arriving segment does to its flow: the checks of RFC 9293 section 3.10.7, in its order. */
import { tcpFlags } from '../../wire/index.js';
import { ackFromTap } from './acknowledgments.js';
import { abort } from './ending.js';
import { did, type Flow } from './flow.js';
import { TIME_WAIT_MS } from './limits.js';
import { establish, noteSyn, sendSyn } from './opening.js';
import { answerWithReset } from './resets.js';
import type { Segment } from './segment.js';
import { diff, lessThan } from './seq.js';
import { finishTiming, setTimer } from './timers.js';
import { textFromTap } from './to-host.js';
import { pump } from './to-tap.js';
import { sendAck } from './transmit.js';
import { acceptedWindow } from './window.js';

const { SYN, RST, ACK, FIN } = tcpFlags;

export function segmentArrives(flow: Flow, segment: Segment): void {
  if (!flow.has(did.SYN_TO_TAP)) arrivesWhilePending(flow, segment);
  else if (!flow.has(did.SYN_FROM_TAP)) arrivesInSynSent(flow, segment);
  else arrivesInOtherStates(flow, segment);
}

/** Whether a segment may begin a new connection where an old one is in TIME-WAIT (RFC 6191). */
export function mayReplace(flow: Flow, segment: Segment): boolean {
  const isSyn = segment.has(SYN) && !segment.has(ACK | RST);
  return isSyn && flow.timer === 'time-wait' && lessThan(flow.rcvNxt, segment.seq);
}

/** The host's side is not connected yet: the namespace can only ask again, anew, or give up. */
function arrivesWhilePending(flow: Flow, segment: Segment): void {
  if (segment.has(RST)) {
    if (segment.seq === flow.rcvNxt) abort(flow, 'reset-by-namespace');
  } else if (segment.has(SYN) && !segment.has(ACK) && segment.seq !== flow.irs) {
    // Nothing was answered, so nothing of the earlier attempt is left.
    noteSyn(flow, segment);
  }
}

/** Section 3.10.7.3. */
function arrivesInSynSent(flow: Flow, segment: Segment): void {
  const { context, sndNxt } = flow;
  const isAcknowledged = segment.has(ACK) && segment.ack === sndNxt;
  // First, the ACK bit.
  if (segment.has(ACK) && !isAcknowledged) {
    answerWithReset(context, segment);
    return;
  }
  // Second, the RST bit.
  if (segment.has(RST)) {
    if (isAcknowledged) {
      flow.stream?.settled?.('refused');
      abort(flow, 'refused');
    }
    return;
  }
  // Fourth, the SYN bit. Alone it is a simultaneous opening.
  if (!segment.has(SYN)) return;
  noteSyn(flow, segment);
  if (isAcknowledged) {
    finishTiming(flow, segment.ack);
    establish(flow);
    sendAck(flow);
    pump(flow);
  } else {
    sendSyn(flow);
  }
}

/** Section 3.10.7.4. */
function arrivesInOtherStates(flow: Flow, segment: Segment): void {
  // First, the sequence number.
  if (!isAcceptable(flow, segment)) {
    doesNotFit(flow, segment);
    return;
  }
  // Second, the RST bit.
  if (segment.has(RST)) {
    if (segment.seq === flow.rcvNxt) abort(flow, 'reset-by-namespace');
    else challenge(flow);
    return;
  }
  // Fourth, the SYN bit (RFC 5961 section 4.2).
  if (segment.has(SYN)) {
    synAgain(flow, segment);
    return;
  }
  // Fifth, the ACK field.
  if (!segment.has(ACK)) return;
  if (!flow.has(did.ESTABLISH) && !completesHandshake(flow, segment)) return;
  if (!ackFromTap(flow, segment)) return;
  // Sixth, urgent data: it is data like all other.
  // Seventh and eighth, the text and the FIN bit.
  textFromTap(flow, segment);
  if (flow.has(did.END)) return;
  if (flow.timer === 'time-wait') setTimer(flow, 'time-wait', TIME_WAIT_MS);
  pump(flow);
}

/** Section 3.10.7.4's table, a little wider where that answers less and loses nothing. */
function isAcceptable(flow: Flow, { seq, end }: Segment): boolean {
  return diff(end, flow.rcvNxt) >= 0 && diff(seq, flow.rcvNxt) <= acceptedWindow(flow);
}

function doesNotFit(flow: Flow, segment: Segment): void {
  flow.context.drops.add('tcp: out of window');
  if (segment.has(RST)) return;
  // Data twice: our acknowledgment got lost. Anything else could go to and fro for ever.
  if (segment.dataLength > 0 || segment.has(FIN)) sendAck(flow);
  else challenge(flow);
}

/** The first one once more: our answer to it got lost. */
function synAgain(flow: Flow, segment: Segment): void {
  if (segment.seq === flow.irs && !flow.has(did.ESTABLISH)) sendSyn(flow);
  else challenge(flow);
}

function challenge(flow: Flow): void {
  if (flow.context.mayChallenge()) sendAck(flow);
}

/** SYN-RECEIVED. */
function completesHandshake(flow: Flow, segment: Segment): boolean {
  if (segment.ack !== flow.sndNxt) {
    answerWithReset(flow.context, segment);
    return false;
  }
  finishTiming(flow, segment.ack);
  establish(flow);
  return true;
}
