/** From an attempt to a finding. */
import type { Attempt, Failure } from './attempt.js';
import { explain } from './blockers.js';
import type { Finding } from './check.js';
import type { Facts } from './facts.js';
import { stageOf } from './rooms.js';

export interface Wording {
  /** What is said when it works. */
  readonly works: string;
  /** What remains when it does not, though user namespaces do. */
  readonly fallback?: string;
  /** Not `fails`, where nskit has a way around. */
  readonly otherwise?: 'degraded' | 'fails';
  /** Reasons only this check knows; undefined: the general ones. */
  readonly explain?: (failure: Failure) => Partial<Finding> | undefined;
}

export function verdict({ failure }: Attempt, facts: Facts, wording: Wording): Finding {
  if (failure === undefined) return { status: 'works', detail: wording.works };
  const own = isInside(failure) ? wording.explain?.(failure) : undefined;
  const { fallback, otherwise = 'fails' } = wording;
  return {
    status: isInside(failure) ? otherwise : 'fails',
    detail: failure.message,
    ...(isInside(failure) && fallback !== undefined ? { fallback } : {}),
    ...(own ?? explain(failure, facts)),
  };
}

/** What failed earlier has failed for a reason that is not this check's. */
function isInside(failure: Failure): boolean {
  return stageOf(failure.step) === 'inside';
}
