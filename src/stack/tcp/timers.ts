/** The retransmission timeout (RFC 6298), and the one timer of a flow. */
import type { Flow, Timer } from './flow.js';
import { MAX_RTO_MS, MIN_RTO_MS } from './limits.js';
import { atMost, type Seq } from './seq.js';

export function setTimer(flow: Flow, timer: Timer, inMs: number): void {
  flow.timer = timer;
  const { deadlines, now } = flow.context;
  deadlines.set(flow, Math.min(now + inMs, flow.giveUpAt));
}

export function clearTimer(flow: Flow): void {
  if (flow.timer === 'none') return;
  flow.timer = 'none';
  flow.context.deadlines.set(flow, flow.giveUpAt);
}

/** The timeout, doubled for each that has passed already (section 5.5). */
export function backedOffRtoMs(flow: Flow): number {
  return Math.min(MAX_RTO_MS, flow.rtoMs * 2 ** flow.retries);
}

/** Times a segment that is sent for the first time, unless another is being timed. */
export function startTiming(flow: Flow, end: Seq): void {
  if (flow.timedAt >= 0) return;
  flow.timedAt = flow.context.now;
  flow.timedSeq = end;
}

/** Karn's algorithm (section 3): what was sent twice says nothing. */
export function stopTiming(flow: Flow): void {
  flow.timedAt = -1;
}

/** Takes the sample if the timed segment is acknowledged. */
export function finishTiming(flow: Flow, ack: Seq): void {
  if (flow.timedAt < 0 || !atMost(flow.timedSeq, ack)) return;
  takeSample(flow, flow.context.now - flow.timedAt);
  flow.timedAt = -1;
}

/** Sections 2.2 and 2.3, alpha 1/8 and beta 1/4. */
function takeSample(flow: Flow, rttMs: number): void {
  if (flow.srttMs < 0) {
    flow.srttMs = rttMs;
    flow.rttvarMs = rttMs / 2;
  } else {
    flow.rttvarMs += (Math.abs(flow.srttMs - rttMs) - flow.rttvarMs) / 4;
    flow.srttMs += (rttMs - flow.srttMs) / 8;
  }
  const rtoMs = flow.srttMs + 4 * flow.rttvarMs;
  flow.rtoMs = Math.min(MAX_RTO_MS, Math.max(MIN_RTO_MS, rtoMs));
}
