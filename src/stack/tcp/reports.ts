/**
 * ICMP errors of the namespace, or of a router behind it, about segments that we sent. Whether one is
 * believed, its sequence number decides (RFC 5927 section 4.1).
 */
import type { DropReason } from '../drops.js';
import { abort } from './ending.js';
import { did, type Flow } from './flow.js';
import { startOver } from './recovery.js';
import { atMost, lessThan, type Seq } from './seq.js';
import { pump } from './to-tap.js';
import { maxSegmentSize } from './transmit.js';

/** `mtu`: as the message has it, 0 when it does not say. `other`: time exceeded and the like. */
export type TcpReport =
  { readonly kind: 'unreachable' | 'other' } | { readonly kind: 'too big'; readonly mtu: number };

/** The reason why nothing was done, if there is one. */
export function reportArrives(flow: Flow, seq: Seq, report: TcpReport): DropReason | undefined {
  const isUnderWay = atMost(flow.sndUna, seq) && lessThan(seq, flow.sndMax);
  if (!flow.has(did.SYN_TO_TAP) || !isUnderWay) return 'icmp: out of window';
  if (report.kind === 'too big' && flow.has(did.ESTABLISH)) {
    narrow(flow, report.mtu);
    return undefined;
  }
  // In SYN-SENT it ends the flow, as Linux has it (RFC 5461 section 4.1).
  if (report.kind === 'unreachable' && !flow.has(did.SYN_FROM_TAP)) {
    flow.stream?.settled?.('unreachable');
    abort(flow, 'unreachable');
    return undefined;
  }
  // Later it may pass: retransmission decides (RFC 1122 section 4.2.3.9, RFC 5461 section 2).
  return 'icmp: soft error';
}

/**
 * What was under way in larger segments is lost, and sent again at once; the timer is not wound back,
 * because this is no sign of congestion (RFC 1191 section 6.4).
 */
function narrow(flow: Flow, mtu: number): void {
  const { context, ends } = flow;
  const known = context.pathMtus.narrow(ends.version, ends.namespaceAddress, mtu);
  const mss = maxSegmentSize(ends.version, known);
  if (mss >= flow.mss) return;
  flow.mss = mss;
  startOver(flow);
  pump(flow);
}
