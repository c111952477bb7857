/**
 * One change of a state directory at a time: flock(2), which goes with the process that holds it.
 * Within this process changes queue first, so that only one of them ever waits in the kernel.
 */
import { closeSync, openSync } from 'node:fs';
import { kernel, runProgramAsync, step, tryCall } from '../native/index.js';
import type { StateDirectory } from './state-directory.js';

let last: Promise<unknown> = Promise.resolve();

export function changing<T>(state: StateDirectory, change: () => Promise<T>): Promise<T> {
  const turn = last.then(() => locked(state, change));
  last = turn.catch(() => undefined);
  return turn;
}

async function locked<T>(state: StateDirectory, change: () => Promise<T>): Promise<T> {
  state.prepare();
  const fd = openSync(state.changeLock, 'r');
  try {
    if (tryCall('flock', fd, kernel.LOCK_EX | kernel.LOCK_NB) < 0) await waitForLock(fd);
    return await change();
  } finally {
    closeSync(fd);
  }
}

async function waitForLock(fd: number): Promise<void> {
  const wait = step('wait for another nskit to finish', 'flock', [fd, kernel.LOCK_EX]);
  await runProgramAsync([wait], { in: 'here' });
}
