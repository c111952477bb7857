/** What the host's side says to a flow. */
import type { FlowEnds, HostStream, Refusal } from '../host.js';
import type { AddressPair } from './address-pairs.js';
import { breakOff, hostBroke } from './ending.js';
import { Flow, did, type TcpContext } from './flow.js';
import { answerSyn, refuse } from './opening.js';
import { hostHasRoom } from './to-host.js';
import { pump } from './to-tap.js';

export class MirroredFlow extends Flow {
  connected(stream: HostStream, now: number): void {
    this.context.now = now;
    if (this.has(did.END)) stream.close('abort');
    else answerSyn(this, stream);
  }

  refused(refusal: Refusal, now: number): void {
    this.context.now = now;
    if (!this.has(did.END)) refuse(this, refusal);
  }

  readable(now: number, ended: boolean): void {
    this.context.now = now;
    if (this.has(did.FIN_FROM_HOST)) return;
    this.isReadable = true;
    this.endIsNear ||= ended;
    pump(this);
  }

  writable(now: number): void {
    this.context.now = now;
    if (this.stream !== undefined) hostHasRoom(this);
  }

  failed(now: number): void {
    this.context.now = now;
    if (this.stream === undefined) return;
    // Nothing is left to fetch, or nobody who could.
    if (this.has(did.FIN_FROM_HOST) || !this.has(did.ESTABLISH)) {
      breakOff(this, 'reset-by-host');
      return;
    }
    hostBroke(this);
    this.isReadable = true;
    this.endIsNear = true;
    pump(this);
  }
}

/** A flow between the ports of two addresses. */
export function newFlow(
  context: TcpContext,
  pair: AddressPair,
  { namespacePort, remotePort }: Pick<FlowEnds, 'namespacePort' | 'remotePort'>,
): MirroredFlow {
  const { version, namespaceAddress, remoteAddress } = pair.ends;
  const ends = { version, namespaceAddress, namespacePort, remoteAddress, remotePort };
  const flow = new MirroredFlow(context, pair, ends);
  context.flows.add(flow);
  return flow;
}
