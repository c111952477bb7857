/** How long the benchmarks of the uplink take, out of a number that is meant for quick things. */
import type { Settings } from '../measure.js';

/** Five of the usual 300. */
export function roundsOf({ iterations }: Settings): number {
  return Math.max(1, Math.round(iterations / 60));
}

/** Of one sample; just to see that it runs, a moment. */
export function secondsOf({ iterations }: Settings): number {
  return iterations < 60 ? 1 : 2;
}
