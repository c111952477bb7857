/** A decision in the words of a list of flows. */
import type { Decision } from '../decision.js';

/** What was decided by name (a rule, a hook) says so itself; the rest follows from its kind. */
export function decisionText(decision: Decision): string {
  if (decision.about !== undefined) return decision.about;
  switch (decision.kind) {
    case 'connect':
      return 'accepted';
    case 'refuse':
      return `rejected: ${decision.refusal.kind}`;
    case 'stream':
    case 'service':
      return 'answered here';
  }
}
