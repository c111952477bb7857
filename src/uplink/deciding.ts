/** Asking for a decision, at once or later, and taking back one that came too late. */
import type { Decide, Decision, FlowRequest } from './decision.js';
import { refused } from './refusals.js';

/** Policy reports its own errors; a flow about which it throws all the same is refused. */
export function ask(decide: Decide, request: FlowRequest): ReturnType<Decide> {
  try {
    const decision = decide(request);
    return decision instanceof Promise ? decision.catch(() => refusal) : decision;
  } catch {
    return refusal;
  }
}

const refusal: Decision = { kind: 'refuse', refusal: refused };

/** Of a flow that is gone: what the decision holds is closed. */
export function discard(decision: Decision): void {
  if (decision.kind === 'stream') decision.descriptor[Symbol.dispose]();
}
