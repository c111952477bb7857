/** What a hostile or unlucky namespace can make us keep, and how long we wait. */

export interface TcpLimits {
  readonly flows: number;
  /** Flows whose host side is not connected yet: the oldest goes when there are more. */
  readonly pendingFlows: number;
  /** Flows in TIME-WAIT: the oldest goes when there are more. */
  readonly waitingFlows: number;
  /** Data of one flow that came out of order, with what each piece costs to keep. */
  readonly outOfOrderBytes: number;
  /** Data of one flow that came in order and that its host side did not take at once. */
  readonly stashBytes: number;
  /** Both, of all flows. */
  readonly heldBytes: number;
}

export const defaultLimits: TcpLimits = {
  flows: 32_768,
  pendingFlows: 4096,
  waitingFlows: 4096,
  outOfOrderBytes: 4 << 20,
  stashBytes: 1 << 20,
  heldBytes: 64 << 20,
};

/** Frames of a flow in one turn, so that others have theirs. */
export const QUANTUM_FRAMES = 4;

/** The window's scale: 8 MiB at most, in steps of 128 bytes. */
export const WINDOW_SHIFT = 7;

/** An acknowledgment waits for the end of the batch, but not while more than this is unacknowledged. */
export const UNACKNOWLEDGED_MAX = 2 * 65_536;

/**
 * Acknowledged bytes are forgotten in the host's socket when they are so many, or come so often, or
 * when nothing else is there: they take room that the other side may be waiting for.
 */
export const DISCARD_BYTES = 16_384;
export const DISCARD_ACKS = 16;
export const DISCARD_LAST_BYTES = 1024;

/** After the link took no frame. */
export const LINK_RETRY_MS = 1;

/** RFC 6298 section 2.1. */
export const INITIAL_RTO_MS = 1000;
/** Section 2.4 wants a second; Linux has this, and both ends are on one machine. */
export const MIN_RTO_MS = 200;
export const MAX_RTO_MS = 60_000;

/** RFC 9293 section 3.8.3: R2, as Linux counts it (tcp_synack_retries, tcp_retries2). */
export const HANDSHAKE_RETRIES = 6;
export const DATA_RETRIES = 15;

/**
 * Old segments cannot wander on a link of one machine: TIME-WAIT only has to outlast a few
 * retransmissions of a FIN whose acknowledgment got lost.
 */
export const TIME_WAIT_MS = 2000;

/** How long the namespace may take to fetch what came before the host's connection broke. */
export const LINGER_MS = 1000;

/** RFC 5961 section 7: answers to segments that do not fit, in a second. */
export const CHALLENGES_PER_SECOND = 1000;
