/** A flow as people see it. */
import type { FlowInfo } from '../flow-watch.js';
import { did, type Flow } from './flow.js';
import { diff } from './seq.js';
import { stateOf } from './state.js';
import type { TcpState } from './state-names.js';

export interface TcpFlowInfo extends FlowInfo {
  readonly protocol: 'tcp';
  readonly state: TcpState;
  /** The namespace's stream has ended, and all of it is with the host's socket. */
  readonly isFlushed: boolean;
}

export function infoOf(flow: Flow): TcpFlowInfo {
  // A FIN takes a number too, and is no byte.
  const acknowledged = flow.has(did.ACK_OF_FIN_FROM_TAP) ? flow.finSeq : flow.sndUna;
  const kept = flow.has(did.ESTABLISH) ? Math.max(0, diff(acknowledged, flow.sndBase)) : 0;
  return {
    protocol: 'tcp',
    direction: flow.direction,
    ends: flow.ends,
    watched: flow.watched,
    state: stateOf(flow),
    isFlushed: flow.has(did.FIN_TO_HOST) || flow.has(did.END),
    bytesToHost: flow.bytesToHost,
    bytesToNamespace: flow.bytesToTap + kept,
  };
}
