/**
 * The window that the namespace is offered: what the host's socket has room for. Its right edge
 * never moves left, not even by the rounding to the scale: a namespace that has sent up to an edge
 * must not find its data refused. So the window is rounded up, and data is accepted up to the
 * largest edge that any rounding may have shown.
 */
import { did, type Flow } from './flow.js';
import { WINDOW_SHIFT } from './limits.js';
import { add, diff } from './seq.js';

const FIELD_MAX = 0xffff;

/** The header's field, scaled unless it stands in a SYN; moves the right edge if there is room. */
export function offerWindow(flow: Flow, inSyn: boolean): number {
  const shift = inSyn ? 0 : flow.rcvShift;
  advanceEdge(flow, shift);
  const open = Math.max(0, diff(flow.rcvAdv, flow.rcvNxt));
  // The kernel tells of room when a third of the buffer is free: well above this.
  const most = Math.min(flow.spaceMax, FIELD_MAX << shift);
  if (open < most >> 2) flow.stream?.awaitSpace();
  return Math.min(FIELD_MAX, (open + (1 << shift) - 1) >> shift);
}

/** Moves the right edge to where the host has room, if the step is worth it; true: it moved. */
export function advanceEdge(flow: Flow, shift = flow.rcvShift): boolean {
  const { stream } = flow;
  if (stream === undefined || flow.has(did.FIN_FROM_TAP)) return false;
  const space = Math.max(0, stream.sendSpace());
  flow.spaceMax = Math.max(flow.spaceMax, space);
  const room = Math.max(0, space - (flow.stash?.length ?? 0));
  const edge = add(flow.rcvNxt, Math.min(room, FIELD_MAX << shift));
  // Receiver's silly window avoidance (RFC 9293 section 3.8.6.2.2).
  const step = Math.max(1, Math.min(flow.mss, flow.spaceMax >> 4));
  if (diff(edge, flow.rcvAdv) < step) return false;
  flow.rcvAdv = edge;
  return true;
}

/** How far behind `rcvNxt` data is accepted. */
export function acceptedWindow(flow: Flow): number {
  return Math.max(0, diff(flow.rcvAdv, flow.rcvNxt) + (1 << flow.rcvShift) - 1);
}

/** The shift that we announce: none to a namespace that does not scale. */
export function windowShiftFor(peerShift: number): number {
  return peerShift < 0 ? 0 : WINDOW_SHIFT;
}
