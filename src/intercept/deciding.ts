/** What all flows of an interception go through: the handler, and the ways out. */
import {
  refusals,
  type InterceptHandler,
  type InterceptVerdict,
  type InterceptedFlow,
} from './flow.js';
import type { Upstream } from './upstream.js';

export interface Reports {
  /** A handler threw, or gave no verdict. */
  readonly onError?: ((error: unknown, flow: InterceptedFlow) => void) | undefined;
  /** A flow could not be connected on, and its beginner saw why. */
  readonly onRefused?: ((flow: InterceptedFlow, reason: unknown) => void) | undefined;
}

export class Deciding {
  readonly upstream: Upstream;
  readonly #handler: InterceptHandler;
  readonly #reports: Reports;

  constructor(handler: InterceptHandler, upstream: Upstream, reports: Reports) {
    this.#handler = handler;
    this.upstream = upstream;
    this.#reports = reports;
  }

  /** Never rejects; undefined when the handler failed. */
  async ask(flow: InterceptedFlow): Promise<InterceptVerdict | undefined> {
    try {
      return checked((await this.#handler(flow)) ?? flow.connect());
    } catch (error) {
      this.report(error, flow);
      return undefined;
    }
  }

  report(error: unknown, flow: InterceptedFlow): void {
    this.#reports.onError?.(error, flow);
  }

  refused(flow: InterceptedFlow, reason: unknown): void {
    this.#reports.onRefused?.(flow, reason);
  }
}

/** Whoever writes JavaScript has no compiler to say what a verdict is. */
function checked(answer: InterceptVerdict): InterceptVerdict {
  const { verdict, refusal, handler, taker, to } = answer as Partial<Record<string, unknown>>;
  const isSound =
    (verdict === 'connect' && typeof to === 'object' && to !== null) ||
    (verdict === 'refuse' && refusals.some((known) => known === refusal)) ||
    ((verdict === 'handle' || verdict === 'handleDatagrams') && typeof handler === 'function') ||
    (verdict === 'take' && typeof taker === 'function');
  if (isSound) return answer;
  throw new TypeError(
    'a handler must return flow.connect(), refuse(), handle(), take() or nothing',
  );
}
