/** What flows of datagrams are given. */
import type { Clock } from './clock.js';
import type { Drops } from './drops.js';
import type { ErrorReports } from './error-reports.js';
import type { FlowBudget } from './flow-budget.js';
import type { FlowWatch } from './flow-watch.js';
import type { PathMtus } from './path-mtus.js';
import type { Random } from './random.js';
import type { StackSettings } from './settings.js';

export interface DatagramParts {
  readonly settings: StackSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly drops: Drops;
  readonly errors: ErrorReports;
  readonly pathMtus: PathMtus;
  readonly budget: FlowBudget;
  readonly watch?: FlowWatch | undefined;
}
