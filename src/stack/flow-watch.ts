/** Who watches flows as they come and go: a list of them, a capture. Nothing is decided here. */
import type { FlowDirection, FlowEnds } from './host.js';
import type { TcpState } from './tcp/state-names.js';

/**
 * Why a flow is no more. `fin`: both streams ended in good order. `closed`: whoever answered
 * datagrams has closed. `idle`: no datagram has passed for a while. `evicted`: there were too many.
 * `refused`, `unreachable` and `silent` say what the other side, or a rule, made of its beginning.
 */
export type EndReason =
  | 'fin'
  | 'reset-by-namespace'
  | 'reset-by-host'
  | 'timeout'
  | 'refused'
  | 'unreachable'
  | 'silent'
  | 'closed'
  | 'idle'
  | 'evicted';

export interface WatchedFlow {
  readonly protocol: 'tcp' | 'udp' | 'echo';
  /** Who began it. */
  readonly direction: FlowDirection;
  /** The same object for as long as the flow lives. */
  readonly ends: FlowEnds;
}

export interface FlowInfo extends WatchedFlow {
  /** What the watch answered to its beginning. */
  readonly watched: unknown;
  /** Of TCP toward the namespace, in the words of RFC 9293. */
  readonly state: TcpState | 'OPEN';
  readonly bytesToHost: number;
  /** Of TCP as far as the namespace has acknowledged them. */
  readonly bytesToNamespace: number;
}

export interface FlowWatch {
  /** Before anybody is asked what is to become of it. The flow keeps what is answered. */
  began(flow: WatchedFlow): unknown;
  /** As it was last. */
  ended(flow: FlowInfo, why: EndReason): void;
}
