/** All TCP flows of a stack: which one a segment belongs to, which one is to be looked at when. */
import { tcpFlags } from '../../wire/index.js';
import type { DropReason } from '../drops.js';
import type { FlowEnds, HostStream, TcpEvents } from '../host.js';
import type { Packet } from '../packet.js';
import { mayReplace, segmentArrives } from './arriving.js';
import { isFromLoopback } from '../addresses.js';
import { Context, type TcpParts } from './context.js';
import { remove, removeOldest } from './ending.js';
import { infoOf, type TcpFlowInfo } from './flow-info.js';
import { did, type Flow, type TcpContext } from './flow.js';
import { newFlow } from './mirrored-flow.js';
import { noteSyn, sendSyn, startAtHost } from './opening.js';
import { reportArrives, type TcpReport } from './reports.js';
import { answerWithReset } from './resets.js';
import { Segment } from './segment.js';
import type { Seq } from './seq.js';
import { timeOut } from './timeouts.js';
import { pump } from './to-tap.js';
import { sendAck } from './transmit.js';

const { SYN, RST, ACK } = tcpFlags;

export class Tcp {
  readonly #context: TcpContext;
  readonly #segment = new Segment();

  constructor(parts: TcpParts) {
    this.#context = new Context(parts);
  }

  /** A whole packet with TCP in it, from the namespace to an address that is not its own. */
  onSegment(packet: Packet, now: number): void {
    const context = this.#context;
    context.now = now;
    const segment = this.#segment;
    const reason = segment.read(packet);
    if (reason !== undefined) {
      context.drops.add(reason);
      return;
    }
    const flow = context.flows.find(packet, segment.sourcePort, segment.destinationPort);
    if (flow === undefined) this.#withoutFlow(packet, segment);
    else if (mayReplace(flow, segment)) this.#replace(flow, packet, segment);
    else segmentArrives(flow, segment);
  }

  /** Whether there is a flow between these ends already, one that is not over. */
  isTaken(ends: FlowEnds): boolean {
    const flow = this.#context.flows.get(ends);
    return flow !== undefined && flow.timer !== 'time-wait';
  }

  /**
   * A flow that begins at the host: the stream, made for the events it is given, is connected, and
   * the namespace is asked to accept. Undefined: its ends are taken, or there are too many flows.
   */
  open(
    ends: FlowEnds,
    streamFor: (events: TcpEvents) => HostStream,
    now: number,
  ): TcpEvents | undefined {
    const context = this.#context;
    context.now = now;
    if (this.isTaken(ends)) return undefined;
    const old = context.flows.get(ends);
    if (old !== undefined) remove(old, 'fin');
    if (!this.#hasRoom()) return undefined;
    const pair = context.pairs.ofEnds(ends, context.settings.guestMac);
    const flow = newFlow(context, pair, ends);
    flow.direction = 'inbound';
    watchFrom(flow);
    startAtHost(flow, streamFor(flow));
    return flow;
  }

  /** An ICMP error of the namespace about a segment with this number; why nothing was done. */
  reported(ends: FlowEnds, seq: Seq, report: TcpReport): DropReason | undefined {
    const flow = this.#context.flows.get(ends);
    return flow === undefined ? 'icmp: no such flow' : reportArrives(flow, seq, report);
  }

  /** To be called after each batch of frames and events, and when the deadline has come. */
  poll(now: number): void {
    const context = this.#context;
    context.now = now;
    for (let flow = context.deadlines.due(now); flow; flow = context.deadlines.due(now)) {
      timeOut(flow);
    }
    context.takeQueue(takeTurn);
  }

  /** When to poll next, 0 for at once. */
  nextDeadline(): number | undefined {
    return this.#context.nextDeadline();
  }

  /** Of data that waits for its turn or for room, over all flows. */
  get heldBytes(): number {
    return this.#context.heldBytes;
  }

  *flows(): Generator<TcpFlowInfo> {
    for (const flow of this.#context.flows) yield infoOf(flow);
  }

  #withoutFlow(packet: Packet, segment: Segment): void {
    if (segment.has(SYN) && !segment.has(ACK | RST)) {
      // Only an answer may come from there.
      if (isFromLoopback(packet)) this.#context.drops.add('ipv4: source address');
      else if (this.#hasRoom()) this.#begin(packet, segment);
      return;
    }
    if (!segment.has(RST)) this.#context.drops.add('tcp: no such flow');
    answerWithReset(this.#context, segment);
  }

  #replace(flow: Flow, packet: Packet, segment: Segment): void {
    if (!this.#mayBegin()) return;
    remove(flow, 'fin');
    this.#begin(packet, segment);
  }

  #begin(packet: Packet, segment: Segment): void {
    const context = this.#context;
    const pair = context.pairs.ofPacket(packet);
    const { sourcePort: namespacePort, destinationPort: remotePort } = segment;
    const flow = newFlow(context, pair, { namespacePort, remotePort });
    noteSyn(flow, segment);
    context.pending.add(flow);
    watchFrom(flow);
    const attempt = context.host.connect(flow.ends, flow);
    // The answer may have come already.
    if (context.pending.has(flow)) flow.attempt = attempt;
    if (context.pending.size > context.limits.pendingFlows) {
      removeOldest(context.pending, 'evicted');
    }
  }

  /** Whether not too many have begun just now. */
  #mayBegin(): boolean {
    const { budget, drops, now } = this.#context;
    if (budget.takeNew(now)) return true;
    drops.add('tcp: too many new flows');
    return false;
  }

  /** Whether one more flow may begin; one that only waits makes room. */
  #hasRoom(): boolean {
    const { flows, waiting, limits, budget, drops } = this.#context;
    if (!this.#mayBegin()) return false;
    if (flows.size < limits.flows && !budget.isSpent) return true;
    if (removeOldest(waiting, 'fin')) return true;
    drops.add('tcp: too many flows');
    return false;
  }
}

function takeTurn(flow: Flow): void {
  if (flow.has(did.END)) return;
  // Queued before that, it is because the link did not take the SYN.
  if (!flow.has(did.ESTABLISH)) sendSyn(flow);
  pump(flow);
  if (flow.ackIsDue && !flow.has(did.END)) sendAck(flow);
}

function watchFrom(flow: Flow): void {
  const { context, direction, ends } = flow;
  flow.watched = context.watch?.began({ protocol: 'tcp', direction, ends });
}
