/** The init process of a name with a pid namespace: found by its lock, ended with the name. */
import { killAndWait } from './ending.js';
import { initLock } from './named.js';
import { lockHolderPid } from './pause.js';
import type { StateDirectory } from './state-directory.js';

/** The pid, as seen from here. */
export function initPid(state: StateDirectory, name: string): number | undefined {
  const pid = lockHolderPid(initLock(state, name));
  return pid === 0 ? undefined : pid;
}

/** Kills it, and with it every process of its pid namespace; waits until they are gone. */
export async function killInit(state: StateDirectory, name: string): Promise<void> {
  const pid = initPid(state, name);
  if (pid !== undefined) await killAndWait(pid, () => initPid(state, name) === pid);
}
