/**
 * Repair of loss on the way to the namespace. The host's kernel does the congestion control of the
 * real path; between us and the namespace is a queue that refuses what does not fit, so loss is rare,
 * and there is no congestion window here: what is reported missing is sent again (RFC 6675 with SACK,
 * RFC 6582 without).
 */
import { did, type Flow } from './flow.js';
import { QUANTUM_FRAMES } from './limits.js';
import { Scoreboard } from './scoreboard.js';
import type { Segment } from './segment.js';
import { add, atMost, diff, later, lessThan, type Seq } from './seq.js';
import { stopTiming } from './timers.js';
import { sendFrom } from './to-tap.js';
import { maxPayload } from './transmit.js';

/** RFC 5681 section 3.2. */
const DUPLICATE_ACKS = 3;

/** Takes the SACK blocks of an acknowledgment; true: they say something new. */
export function noteSackBlocks(flow: Flow, segment: Segment): boolean {
  if (!flow.sackPermitted || segment.optionsAt === segment.dataAt) return false;
  const options = flow.context.options.read(segment.view, segment.optionsAt, segment.dataAt);
  let isNew = false;
  for (let i = 0; i < options.sackBlocks; i++) {
    const start = options.sackEdges[2 * i] ?? 0;
    const end = options.sackEdges[2 * i + 1] ?? 0;
    // A block at or below SND.UNA reports a duplicate (RFC 2883); one beyond SND.MAX is nonsense.
    const isSound =
      lessThan(flow.sndUna, start) && lessThan(start, end) && atMost(end, flow.sndMax);
    if (!isSound) continue;
    flow.scoreboard ??= new Scoreboard();
    isNew = flow.scoreboard.add(start, end) || isNew;
  }
  return isNew;
}

/** An acknowledgment that acknowledges nothing new, while something is outstanding. */
export function duplicateAck(flow: Flow): void {
  flow.duplicateAcks++;
  repair(flow);
}

/** Sends again what was reported missing, by duplicates or by blocks behind it. */
export function repair(flow: Flow): void {
  if (flow.isRecovering) {
    if (flow.scoreboard === undefined) return;
    // The link keeps the order: what was sent behind the repair has come, the repair has not.
    if (lessThan(flow.rtxMark, flow.scoreboard.end)) flow.rtxNxt = flow.sndUna;
    sendHoles(flow);
    return;
  }
  // After a timeout everything is sent again anyway: RFC 6582 section 3.2 step 1.
  if (flow.isAfterTimeout) return;
  const isLost =
    flow.duplicateAcks >= DUPLICATE_ACKS ||
    (flow.scoreboard?.bytes ?? 0) > (DUPLICATE_ACKS - 1) * flow.mss;
  if (isLost) startRecovery(flow);
}

/** Something new was acknowledged. */
export function advanceRecovery(flow: Flow): void {
  flow.duplicateAcks = 0;
  flow.scoreboard?.advance(flow.sndUna);
  if (!flow.isRecovering && !flow.isAfterTimeout) return;
  if (atMost(flow.recover, flow.sndUna)) {
    endRecovery(flow);
  } else if (flow.isRecovering) {
    // A partial acknowledgment: the next hole begins there.
    if (flow.scoreboard === undefined) flow.rtxNxt = flow.sndUna;
    sendHoles(flow);
  }
}

/** A timeout: all that is not acknowledged is sent again (RFC 6298 section 5.4). */
export function startOver(flow: Flow): void {
  flow.isRecovering = false;
  flow.isAfterTimeout = true;
  flow.duplicateAcks = 0;
  flow.recover = flow.sndMax;
  // The namespace may have thrown away what it reported (RFC 2018 section 8).
  flow.scoreboard = undefined;
  flow.sndNxt = flow.sndUna;
  stopTiming(flow);
}

function startRecovery(flow: Flow): void {
  flow.isRecovering = true;
  flow.recover = flow.sndMax;
  flow.rtxNxt = flow.sndUna;
  stopTiming(flow);
  sendHoles(flow);
}

function endRecovery(flow: Flow): void {
  flow.isRecovering = false;
  flow.isAfterTimeout = false;
  flow.scoreboard = undefined;
}

/** Sends what is missing and was not sent again yet. */
function sendHoles(flow: Flow): void {
  for (let sent = 0; sent < QUANTUM_FRAMES && !flow.has(did.END); sent++) {
    const hole = nextHole(flow);
    const length = holeLength(flow, hole);
    const count = length > 0 ? sendFrom(flow, hole, length) : 0;
    if (count <= 0) return;
    flow.rtxNxt = add(hole, count);
    flow.rtxMark = flow.sndMax;
  }
}

function nextHole(flow: Flow): Seq {
  const from = later(flow.rtxNxt, flow.sndUna);
  return flow.scoreboard?.holeFrom(from) ?? from;
}

function holeLength(flow: Flow, hole: Seq): number {
  const most = maxPayload(flow.ends.version);
  if (flow.scoreboard !== undefined) return Math.min(most, flow.scoreboard.holeLength(hole));
  // Without SACK only the first segment is known to be missing.
  return hole === flow.sndUna ? Math.min(most, diff(flow.recover, hole)) : 0;
}
