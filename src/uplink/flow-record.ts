/** A flow as people see it: which ends, where it leads, what it has carried. */
import type { FlowEnds } from '../stack/index.js';
import type { FlowRequest } from './decision.js';

export interface FlowRecord {
  readonly protocol: FlowRequest['protocol'];
  readonly ends: FlowEnds;
  readonly state: 'deciding' | 'connecting' | 'open';
  /** To the host; of TCP as far as its socket has taken them. */
  readonly sentBytes: number;
  /** To the namespace; of TCP as far as it has acknowledged them. */
  readonly receivedBytes: number;
}

/** Whoever has a flow. */
export interface HasFlow {
  record(): FlowRecord;
  /** The uplink is going: as if the machine behind it were. */
  end(): void;
}

export function hasFlow(target: object): target is HasFlow {
  return 'record' in target;
}
