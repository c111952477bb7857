/**
 * Asking the hooks. A promise holds the flow until it settles; one that never does, a hook that
 * throws, and an answer that is no verdict reject the flow and are reported.
 */
import { NskitError } from '../../errors/index.js';
import { rejectReasons, type Flow, type FlowHook, type Report, type Verdict } from '../flow.js';

/** Flows that may wait for a hook at the same time; what comes then is rejected. */
const HELD_MAX = 4096;

export interface HooksOptions {
  /** How long a hook may take. */
  readonly timeoutMs: number;
  readonly report: Report;
}

export type Answer = Verdict | undefined;

const unreachable: Verdict = { verdict: 'reject', reason: 'unreachable' };

export class Hooks {
  readonly #hooks: FlowHook[] = [];
  readonly #options: HooksOptions;
  #held = 0;

  constructor(options: HooksOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#hooks.length === 0;
  }

  /** Behind those that are there; disposing takes it away. */
  add(hook: FlowHook): Disposable {
    this.#hooks.push(hook);
    return {
      [Symbol.dispose]: () => {
        const at = this.#hooks.indexOf(hook);
        if (at >= 0) this.#hooks.splice(at, 1);
      },
    };
  }

  /** The first verdict; undefined when no hook has one. Never throws, never rejects. */
  ask(flow: Flow): Answer | Promise<Answer> {
    return this.#askFrom(0, [...this.#hooks], flow);
  }

  #askFrom(first: number, hooks: readonly FlowHook[], flow: Flow): Answer | Promise<Answer> {
    for (let i = first; i < hooks.length; i++) {
      const answer = this.#call(hooks[i], flow);
      if (answer instanceof Promise) {
        return this.#hold(flow, answer, () => this.#askFrom(i + 1, hooks, flow));
      }
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  #call(hook: FlowHook | undefined, flow: Flow): Answer | Promise<Answer> {
    try {
      const answer = hook?.(flow);
      return isThenable(answer) ? Promise.resolve(answer) : checked(answer);
    } catch (error) {
      return this.#rejected(error, flow);
    }
  }

  async #hold(
    flow: Flow,
    answer: Promise<unknown>,
    next: () => Answer | Promise<Answer>,
  ): Promise<Answer> {
    if (this.#held >= HELD_MAX) {
      answer.catch(() => undefined);
      return this.#rejected(new Error(`${HELD_MAX} flows wait for a hook already`), flow);
    }
    this.#held++;
    try {
      const verdict = checked(await withinTime(answer, this.#options.timeoutMs));
      return verdict ?? (await next());
    } catch (error) {
      return this.#rejected(error, flow);
    } finally {
      this.#held--;
    }
  }

  #rejected(error: unknown, flow: Flow): Verdict {
    this.#options.report(error, flow);
    return unreachable;
  }
}

function isThenable(answer: unknown): answer is PromiseLike<unknown> & object {
  return typeof (answer as { then?: unknown } | undefined)?.then === 'function';
}

async function withinTime<T>(answer: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new NskitError('ERR_ABORTED', `a hook gave no verdict in ${timeoutMs} ms`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whoever writes JavaScript has no compiler to say what a verdict is. */
function checked(answer: unknown): Answer {
  if (answer === undefined) return undefined;
  const { verdict, reason, handler, to } = answer as Record<string, unknown>;
  const isSound =
    verdict === 'accept' ||
    (verdict === 'reject' && rejectReasons.some((known) => known === reason)) ||
    (verdict === 'redirect' && typeof to === 'object' && to !== null) ||
    ((verdict === 'handle' || verdict === 'handleDatagrams') && typeof handler === 'function');
  if (isSound) return answer as Verdict;
  throw new TypeError(
    'a hook must return flow.accept(), reject(), redirect(), handle() or nothing',
  );
}
