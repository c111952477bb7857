/** How flows end: in good order, by a reset from either side, by running out of patience. */
import { tcpFlags } from '../../wire/index.js';
import type { EndReason } from '../flow-watch.js';
import { infoOf } from './flow-info.js';
import { did, type Flow } from './flow.js';
import { LINGER_MS, LINK_RETRY_MS, TIME_WAIT_MS } from './limits.js';
import { diff } from './seq.js';
import { clearTimer, setTimer } from './timers.js';
import { transmit } from './transmit.js';

const { RST, ACK } = tcpFlags;

/** Forgets the flow. Whoever calls has closed its stream. */
export function remove(flow: Flow, why: EndReason): void {
  if (flow.has(did.END)) return;
  const { context, attempt } = flow;
  context.watch?.ended(infoOf(flow), why);
  flow.note(did.END);
  flow.attempt = undefined;
  flow.stream = undefined;
  context.heldBytes -= (flow.stash?.length ?? 0) + (flow.outOfOrder?.cost ?? 0);
  flow.stash = undefined;
  flow.outOfOrder = undefined;
  flow.scoreboard = undefined;
  context.flows.delete(flow);
  context.deadlines.delete(flow);
  context.pending.delete(flow);
  context.waiting.delete(flow);
  context.pairs.release(flow.pair);
  attempt?.cancel();
}

/** Of flows that only wait; false: there are none. */
export function removeOldest(flows: Set<Flow>, why: EndReason): boolean {
  for (const flow of flows) {
    remove(flow, why);
    return true;
  }
  return false;
}

/** The namespace is not told, the host's side is: its connection ends by a reset. */
export function abort(flow: Flow, why: EndReason): void {
  flow.stream?.close('abort');
  remove(flow, why);
}

/** Both sides are told by a reset. */
export function breakOff(flow: Flow, why: 'timeout' | 'reset-by-host'): void {
  flow.stream?.close('abort');
  flow.stream = undefined;
  // The reason, should the namespace have to be told later.
  if (why === 'reset-by-host') flow.note(did.BREAK_AT_HOST);
  // The number that the namespace expects, unless something was lost: then it asks (RFC 5961), and
  // is told again by the answer to a segment of no flow.
  const isTold = !flow.has(did.SYN_TO_TAP) || transmit(flow, flow.sndMax, RST | ACK, 0);
  if (isTold) {
    remove(flow, why);
  } else {
    flow.giveUpAt = flow.context.now + LINK_RETRY_MS;
    setTimer(flow, 'none', LINK_RETRY_MS);
  }
}

/** The host's connection broke: what came before may still be fetched, for a short time. */
export function hostBroke(flow: Flow): void {
  if (flow.has(did.BREAK_AT_HOST)) return;
  flow.note(did.BREAK_AT_HOST);
  flow.giveUpAt = flow.context.now + LINGER_MS;
  flow.context.deadlines.set(flow, Math.min(flow.deadline, flow.giveUpAt));
}

/** Whether both streams have ended and both sides know; then the flow ends, or waits a little. */
export function finishIfDone(flow: Flow): void {
  const wanted = did.FIN_FROM_TAP | did.FIN_TO_HOST | did.ACK_OF_FIN_FROM_TAP;
  if ((flow.events & wanted) !== wanted || flow.stream === undefined) return;
  forgetAcknowledged(flow);
  flow.stream.close('orderly');
  flow.stream = undefined;
  if (flow.has(did.CLOSE_FIRST)) waitForStragglers(flow);
  else remove(flow, 'fin');
}

/** Bytes that the namespace has acknowledged leave the host's socket. */
export function forgetAcknowledged(flow: Flow): void {
  flow.acksKept = 0;
  const end = flow.has(did.ACK_OF_FIN_FROM_TAP) ? flow.finSeq : flow.sndUna;
  const length = diff(end, flow.sndBase);
  if (length <= 0) return;
  flow.stream?.discard(length);
  flow.sndBase = end;
  flow.bytesToTap += length;
}

/** TIME-WAIT: the namespace may send its FIN again, if our last acknowledgment got lost. */
function waitForStragglers(flow: Flow): void {
  const { context } = flow;
  clearTimer(flow);
  context.waiting.add(flow);
  setTimer(flow, 'time-wait', TIME_WAIT_MS);
  if (context.waiting.size > context.limits.waitingFlows) {
    removeOldest(context.waiting, 'fin');
  }
}
