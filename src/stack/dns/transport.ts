/** How a message gets to a server: with sockets, or in a test without. */
import type { Attempt } from './attempts.js';

export interface UpstreamTransport {
  /**
   * Sends from a new socket, and goes on listening until cancelled. Events come after this returns.
   * Undefined: nothing could be sent, for a reason of our own (no descriptor, no route).
   */
  ask(attempt: Attempt, message: Uint8Array, events: AttemptEvents): Asked | undefined;
}

export interface Asked {
  cancel(): void;
}

export interface AttemptEvents {
  /** From that server; more may follow. */
  answered(message: Uint8Array, now: number): void;
  /** Nobody listens there, or the connection broke. */
  failed(now: number): void;
}
