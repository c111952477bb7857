/**
 * One mirrored connection: events that have happened, sequence numbers, timers. Variables have RFC
 * 9293's names (section 3.3.1). Every field is there from the start, numbers as numbers, so that all
 * flows have one shape.
 */
import type { FlowDirection, FlowEnds, HostStream, Refusal, TcpEvents } from '../host.js';
import type { AddressPair } from './address-pairs.js';
import type { Context, Member } from './context.js';
import { INITIAL_RTO_MS } from './limits.js';
import type { OutOfOrder } from './out-of-order.js';
import type { Scoreboard } from './scoreboard.js';
import type { Seq } from './seq.js';
import type { Stash } from './stash.js';

/** What has happened, each named by where it came from or went to. */
export const did = {
  /** The SYN of the namespace is here. */
  SYN_FROM_TAP: 0x001,
  /** Our SYN, alone or as the answer to theirs, was sent. */
  SYN_TO_TAP: 0x002,
  /** Both SYNs are acknowledged. */
  ESTABLISH: 0x004,
  /** The namespace's stream has ended, and all of it has come. */
  FIN_FROM_TAP: 0x008,
  /** The host's socket was told so. */
  FIN_TO_HOST: 0x010,
  /** The host's stream has ended; `finSeq` is where. */
  FIN_FROM_HOST: 0x020,
  FIN_TO_TAP: 0x040,
  /** The namespace has acknowledged our FIN, and so everything. */
  ACK_OF_FIN_FROM_TAP: 0x080,
  /** Our FIN was the first: TIME-WAIT is ours. */
  CLOSE_FIRST: 0x100,
  /** The host's connection broke. */
  BREAK_AT_HOST: 0x200,
  /** The flow is no more; late news of it is ignored. */
  END: 0x400,
} as const;

/** What the flow waits for, if for anything. */
export type Timer = 'none' | 'handshake' | 'retransmit' | 'persist' | 'time-wait';

export type TcpContext = Context<Flow>;

export abstract class Flow implements Member<Flow>, TcpEvents {
  readonly context: TcpContext;
  readonly pair: AddressPair;
  readonly ends: FlowEnds;
  direction: FlowDirection = 'outbound';
  /** Bits of `did`. */
  events = 0;
  /** What whoever watches flows wants kept with it. */
  watched: unknown = undefined;
  /** The host's end, once it is connected. */
  stream: HostStream | undefined = undefined;
  /** While it is being connected: how to give up. */
  attempt: { cancel(): void } | undefined = undefined;

  // Toward the namespace.
  sndUna: Seq = 0;
  sndNxt: Seq = 0;
  /** Behind everything that was ever sent; `sndNxt` goes back when it is to be sent again. */
  sndMax: Seq = 0;
  sndWnd = 0;
  sndWl1: Seq = 0;
  sndWl2: Seq = 0;
  /** The largest window seen. */
  sndWndMax = 0;
  /** How far the namespace's windows are shifted. */
  sndShift = 0;
  /** The namespace's maximum segment size, at most what the way to it carries. */
  mss = 0;
  /** Of the first byte that the host's socket still has. */
  sndBase: Seq = 0;
  finSeq: Seq = 0;
  /** Acknowledgments since the host's socket last forgot bytes. */
  acksKept = 0;
  /** There may be more in the host's socket than was peeked at. */
  isReadable = false;
  /** What is in the host's socket is the last of it. */
  endIsNear = false;

  // From the namespace.
  irs: Seq = 0;
  rcvNxt: Seq = 0;
  /** The right edge that was promised: it never moves left. */
  rcvAdv: Seq = 0;
  /** The most that the host's socket ever had room for. */
  spaceMax = 0;
  /** How far our windows are shifted; 0 as long as the namespace has not offered to. */
  rcvShift = 0;
  /** What was last acknowledged. */
  rcvAcked: Seq = 0;
  /** RFC 2018: both ends speak of what came out of order. */
  sackPermitted = false;
  ackIsDue = false;
  /** The FIN has come before data in front of it; `tapFinSeq` is where it lies. */
  finIsAhead = false;
  tapFinSeq: Seq = 0;
  stash: Stash | undefined = undefined;
  outOfOrder: OutOfOrder | undefined = undefined;

  // Loss (RFC 6298, RFC 6582, RFC 6675).
  /** -1: not measured yet. */
  srttMs = -1;
  rttvarMs = 0;
  rtoMs = INITIAL_RTO_MS;
  /** The round trip being measured: up to which number, since when; -1: none is. */
  timedSeq: Seq = 0;
  timedAt = -1;
  /** Timeouts in a row. */
  retries = 0;
  /** Probes of a closed window since the namespace last answered anything. */
  probes = 0;
  duplicateAcks = 0;
  isRecovering = false;
  /** A timeout: what is sent again must not all go at once. */
  isAfterTimeout = false;
  /** Recovery is over when this is acknowledged. */
  recover: Seq = 0;
  /** In recovery: up to where holes were sent again. */
  rtxNxt: Seq = 0;
  /** Where new data began when a hole was last sent again. */
  rtxMark: Seq = 0;
  scoreboard: Scoreboard | undefined = undefined;

  // Time.
  timer: Timer = 'none';
  /** Whatever the timer says, the flow is over then. */
  giveUpAt = Infinity;
  deadline = Infinity;
  wakeAt = Infinity;
  heapAt = -1;
  isQueued = false;

  /** Taken by the host's socket or the stash. */
  bytesToHost = 0;
  /** Acknowledged and forgotten by the host's socket. */
  bytesToTap = 0;

  hash = 0;
  nextInBucket: Flow | undefined = undefined;

  constructor(context: TcpContext, pair: AddressPair, ends: FlowEnds) {
    this.context = context;
    this.pair = pair;
    this.ends = ends;
  }

  abstract connected(stream: HostStream, now: number): void;
  abstract refused(refusal: Refusal, now: number): void;
  abstract readable(now: number, ended: boolean): void;
  abstract writable(now: number): void;
  abstract failed(now: number): void;

  has(event: number): boolean {
    return (this.events & event) !== 0;
  }

  note(event: number): void {
    this.events |= event;
  }
}
