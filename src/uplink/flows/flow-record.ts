/** A flow as people see it: which ends, what became of it, how far it has come, what it has carried. */
import type { EndReason, FlowDirection, FlowEnds, FlowInfo } from '../../stack/index.js';
import { formatIp } from '../../wire/index.js';
import { protocolNames, type FlowEnd, type FlowProtocol } from '../flow.js';

/** `rejected`: by a rule, or by a hook; `decision` says by which. The others as the stack has them. */
export type FlowEndReason = EndReason | 'rejected';

export interface FlowRecord {
  /** Of this uplink: no other flow has it, and a later one has a larger one. */
  readonly id: number;
  /** `icmp` is an echo request, a ping. */
  readonly protocol: FlowProtocol;
  /** Who began it: the namespace, or a client of a published port. */
  readonly direction: FlowDirection;
  readonly namespace: FlowEnd;
  readonly remote: FlowEnd;
  /** The name that the namespace had looked up for the remote address when the flow began. */
  readonly name?: string | undefined;
  /** `accepted`, `redirected to ...`, `rejected: prohibited by --deny 10.0.0.0/8`, ... */
  readonly decision: string;
  /** Of TCP toward the namespace, in the words of RFC 9293; of others OPEN. */
  readonly state: FlowInfo['state'];
  /** To the host. */
  readonly sentBytes: number;
  /** To the namespace; of TCP as far as it has acknowledged them. */
  readonly receivedBytes: number;
  /** In milliseconds since 1970. */
  readonly beganAt: number;
  readonly endedAt?: number | undefined;
  readonly end?: FlowEndReason | undefined;
}

/** One flow; its numbers are the stack's. There may be many, so it is as small as can be. */
export interface JournalEntry {
  readonly id: number;
  readonly name: string | undefined;
  /** In milliseconds since this module was loaded: a small integer takes no memory of its own. */
  readonly began: number;
  decision: string;
}

/** What the journal has a flow keep. */
export function entryOf(info: FlowInfo): JournalEntry {
  return info.watched as JournalEntry;
}

const LOADED_AT = Date.now();

export function sinceLoaded(time: number): number {
  return time - LOADED_AT;
}

export interface EndedFlow {
  /** As it was last. */
  readonly info: FlowInfo;
  readonly end: FlowEndReason;
  readonly endedAt: number;
}

export function recordOf(info: FlowInfo): FlowRecord {
  const { id, name, decision, began } = entryOf(info);
  const { protocol, direction, ends, state } = info;
  return {
    ...{ id, protocol: protocolNames[protocol], direction },
    namespace: endOf(ends.namespaceAddress, protocol === 'echo' ? 0 : ends.namespacePort),
    remote: endOf(ends.remoteAddress, protocol === 'echo' ? 0 : ends.remotePort),
    ...(name === undefined ? {} : { name }),
    ...{ decision, state, sentBytes: info.bytesToHost, receivedBytes: info.bytesToNamespace },
    beganAt: LOADED_AT + began,
  };
}

export function recordOfEnded({ info, end, endedAt }: EndedFlow): FlowRecord {
  return { ...recordOf(info), endedAt, end };
}

function endOf(address: FlowEnds['remoteAddress'], port: number): FlowEnd {
  return { address: formatIp(address), port };
}
