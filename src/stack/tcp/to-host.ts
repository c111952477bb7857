/**
 * Data from the namespace to the host: in order, it goes from the received frame straight to the
 * host's socket; before its turn, it is kept.
 */
import { tcpFlags } from '../../wire/index.js';
import { EAGAIN } from '../host.js';
import { breakOff, finishIfDone } from './ending.js';
import { did, type Flow } from './flow.js';
import { UNACKNOWLEDGED_MAX } from './limits.js';
import { OutOfOrder } from './out-of-order.js';
import type { Segment } from './segment.js';
import { add, atMost, diff, lessThan, type Seq } from './seq.js';
import { Stash } from './stash.js';
import { sendAck } from './transmit.js';
import { acceptedWindow, advanceEdge } from './window.js';

/** Text and FIN of an acceptable segment (RFC 9293 section 3.10.7.4, seventh and eighth). */
export function textFromTap(flow: Flow, segment: Segment): void {
  if (segment.length === 0) return;
  // What comes twice or behind the stream's end is acknowledged again, at once: the sender lacks it.
  if (flow.has(did.FIN_FROM_TAP) || lessThan(segment.end, add(flow.rcvNxt, 1))) {
    sendAck(flow);
    return;
  }
  const { seq, dataAt, dataLength } = segment;
  const skipped = Math.max(0, diff(flow.rcvNxt, seq));
  const length = Math.min(dataLength, diff(flow.rcvNxt, seq) + acceptedWindow(flow)) - skipped;
  const hasFin = segment.has(tcpFlags.FIN) && length === dataLength - skipped;
  if (hasFin) noteFin(flow, add(seq, dataLength));
  const from = add(seq, skipped);
  if (from === flow.rcvNxt) {
    deliver(flow, segment.bytes, dataAt + skipped, length);
    if (!flow.has(did.END)) deliverKept(flow);
  } else if (length > 0) {
    keep(flow, from, segment.bytes.subarray(dataAt + skipped, dataAt + skipped + length));
  }
  if (flow.has(did.END)) return;
  finFromTap(flow);
  acknowledge(flow, from);
}

/** The host's socket has room: first for what waits, then the namespace learns of it. */
export function hostHasRoom(flow: Flow): void {
  flushStash(flow);
  if (flow.stream !== undefined && flow.has(did.ESTABLISH) && advanceEdge(flow)) sendAck(flow);
}

function flushStash(flow: Flow): void {
  const { stash, stream, context } = flow;
  if (stash === undefined || stream === undefined) return;
  const before = stash.length;
  const answer = stash.flush(stream);
  context.heldBytes -= before - stash.length;
  if (answer < 0 && answer !== -EAGAIN) {
    breakOff(flow, 'reset-by-host');
  } else if (stash.length > 0) {
    stream.awaitSpace();
  } else {
    flow.stash = undefined;
    endTowardHost(flow);
  }
}

/** Hands on data that continues the stream, and moves `rcvNxt` as far as it found a place. */
function deliver(flow: Flow, bytes: Uint8Array, at: number, length: number): void {
  const { stream } = flow;
  if (stream === undefined || length <= 0) return;
  let sent = 0;
  if (flow.stash === undefined) {
    sent = stream.send(bytes, at, length);
    if (sent < 0 && sent !== -EAGAIN) {
      breakOff(flow, 'reset-by-host');
      return;
    }
    sent = Math.max(0, sent);
  }
  if (sent < length) sent += stashRest(flow, bytes, at + sent, length - sent);
  flow.rcvNxt = add(flow.rcvNxt, sent);
  flow.bytesToHost += sent;
}

/** Keeps what the socket did not take; answers how much. The rest is never acknowledged. */
function stashRest(flow: Flow, bytes: Uint8Array, at: number, length: number): number {
  const { context } = flow;
  const { limits } = context;
  const room = Math.min(
    limits.stashBytes - (flow.stash?.length ?? 0),
    limits.heldBytes - context.heldBytes,
  );
  const kept = Math.max(0, Math.min(length, room));
  flow.stream?.awaitSpace();
  if (kept === 0) return 0;
  flow.stash ??= new Stash();
  flow.stash.push(bytes, at, kept);
  context.heldBytes += kept;
  return kept;
}

/** What was kept, as far as it continues the stream now. */
function deliverKept(flow: Flow): void {
  const queue = flow.outOfOrder;
  if (queue === undefined) return;
  while (!queue.isEmpty && !flow.has(did.END)) {
    const before = queue.cost;
    const bytes = queue.take(flow.rcvNxt);
    flow.context.heldBytes -= before - queue.cost;
    if (bytes === undefined) break;
    deliver(flow, bytes, 0, bytes.length);
  }
  if (queue.isEmpty) flow.outOfOrder = undefined;
}

function keep(flow: Flow, seq: Seq, bytes: Uint8Array): void {
  const { context } = flow;
  const { limits } = context;
  const queue = flow.outOfOrder ?? new OutOfOrder();
  const before = queue.cost;
  const room = Math.min(limits.outOfOrderBytes - before, limits.heldBytes - context.heldBytes);
  if (!queue.insert(seq, bytes, room)) context.drops.add('tcp: out-of-order queue full');
  context.heldBytes += queue.cost - before;
  flow.outOfOrder = queue.isEmpty ? undefined : queue;
}

function noteFin(flow: Flow, seq: Seq): void {
  flow.finIsAhead = true;
  flow.tapFinSeq = seq;
}

/** The FIN takes its turn when all data in front of it has come. */
function finFromTap(flow: Flow): void {
  if (!flow.finIsAhead || flow.tapFinSeq !== flow.rcvNxt) return;
  flow.finIsAhead = false;
  flow.rcvNxt = add(flow.rcvNxt, 1);
  flow.note(did.FIN_FROM_TAP);
  endTowardHost(flow);
}

/** The host's socket is told of the end when it has everything in front of it. */
function endTowardHost(flow: Flow): void {
  if (!flow.has(did.FIN_FROM_TAP) || flow.has(did.FIN_TO_HOST) || flow.stash !== undefined) return;
  flow.note(did.FIN_TO_HOST);
  flow.stream?.shutdown();
  finishIfDone(flow);
}

/**
 * In order: with the next data to the namespace, at the latest at the end of the batch. Out of order:
 * at once (RFC 5681 section 4.2).
 */
function acknowledge(flow: Flow, from: Seq): void {
  const isInOrder = atMost(from, flow.rcvNxt) && flow.outOfOrder === undefined;
  const isMuch = diff(flow.rcvNxt, flow.rcvAcked) >= UNACKNOWLEDGED_MAX;
  if (!isInOrder || isMuch || flow.has(did.FIN_FROM_TAP)) {
    sendAck(flow);
  } else {
    flow.ackIsDue = true;
    flow.context.enqueue(flow);
  }
}
