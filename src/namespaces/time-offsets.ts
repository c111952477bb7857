/** Clocks of a new time namespace (time_namespaces(7)): they can be set until somebody enters. */
import { writeFile, type Program } from '../native/index.js';

export interface TimeOffsets {
  /** Seconds added to CLOCK_MONOTONIC inside. */
  readonly monotonic?: number;
  /** Seconds added to CLOCK_BOOTTIME inside. */
  readonly boottime?: number;
}

export function timeOffsetSteps(offsets: TimeOffsets): Program {
  const text = (['monotonic', 'boottime'] as const)
    .flatMap((clock) => {
      const seconds = offsets[clock];
      return seconds === undefined ? [] : [`${clock} ${Math.trunc(seconds)} 0\n`];
    })
    .join('');
  return text === '' ? [] : writeFile('set the clocks', '/proc/self/timens_offsets', text);
}
