/** A flow as people see it: which ends, how far it has come, what it has carried. */
import type { FlowDirection, FlowEnds, TcpState } from '../stack/index.js';
import type { FlowRequest } from './decision.js';

export interface FlowRecord {
  readonly protocol: FlowRequest['protocol'];
  /** Who began it: the namespace, or a client of a published port. */
  readonly direction: FlowDirection;
  readonly ends: FlowEnds;
  /** Of TCP toward the namespace, in the words of RFC 9293. */
  readonly state: TcpState | 'OPEN';
  /** To the host. */
  readonly sentBytes: number;
  /** To the namespace; of TCP as far as it has acknowledged them. */
  readonly receivedBytes: number;
}

/** Whatever ends with the uplink, as if the machine behind it did. */
export interface Endable {
  end(): void;
}

/** What keeps a record of its flow; TCP's are the stack's. */
export interface Recorded {
  record(): FlowRecord;
}

export function isEndable(target: object): target is Endable {
  return 'end' in target;
}

export function isRecorded(target: object): target is Recorded {
  return 'record' in target;
}
