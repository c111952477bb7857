/** The TCP host of an uplink: every flow is decided, then connected by a socket of the host's. */
import type { FlowEnds, TcpEvents, TcpHost } from '../stack/index.js';
import { ask, discard } from './deciding.js';
import type { Decide, Decision } from './decision.js';
import type { ErrorQueue } from './error-queue.js';
import { ChunkPool } from './held-bytes.js';
import type { Loop } from './loop.js';
import { PeekStream, canPeekTcp } from './peek-stream.js';
import { RingStream } from './ring-stream.js';
import { TcpAttempt, type TcpAttemptParts } from './tcp-attempt.js';

/** How bytes are received: left in the socket, or held by us. `auto`: as this kernel can. */
export type StreamKind = 'auto' | 'peek' | 'ring';

export interface TcpSocketsOptions {
  readonly loop: Loop;
  readonly decide: Decide;
  readonly streams: StreamKind;
  readonly errors: ErrorQueue;
  /** Told of each errno, as a positive number, that kept a flow from existing. */
  readonly onFailure: (errno: number) => void;
}

export class TcpSockets implements TcpHost {
  readonly #options: TcpSocketsOptions;
  readonly #parts: TcpAttemptParts;

  constructor(options: TcpSocketsOptions) {
    const { loop, streams, errors, onFailure } = options;
    const pool = new ChunkPool();
    const peeks = streams === 'peek' || (streams === 'auto' && canPeekTcp());
    this.#options = options;
    this.#parts = {
      ...{ loop, errors, onFailure },
      makeStream: (family, parts) =>
        family !== 'unix' && peeks ? new PeekStream(parts) : new RingStream(parts, pool),
    };
  }

  /** Of a socket that is connected already. */
  get makeStream(): TcpAttemptParts['makeStream'] {
    return this.#parts.makeStream;
  }

  connect(ends: FlowEnds, events: TcpEvents): { cancel(): void } {
    const attempt = new TcpAttempt(ends, events, this.#parts);
    const decision = ask(this.#options.decide, { protocol: 'tcp', ends });
    if (!(decision instanceof Promise)) attempt.follow(decision);
    else void this.#followLater(attempt, decision);
    return attempt;
  }

  async #followLater(attempt: TcpAttempt, decision: Promise<Decision>): Promise<void> {
    const late = await decision;
    if (attempt.isOver) discard(late);
    else attempt.follow(late);
    this.#options.loop.rearm();
  }
}
