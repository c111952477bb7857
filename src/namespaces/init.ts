/** The init process of a name with a pid namespace: found by its lock, ended with the name. */
import { closeSync } from 'node:fs';
import { SIGKILL, call, tryCall, watch } from '../native/index.js';
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

/**
 * SIGKILL through a pidfd, so that a process that took the pid over meanwhile is not hit: `isStill`
 * is asked once the pidfd is open.
 */
export async function killAndWait(pid: number, isStill: () => boolean): Promise<void> {
  const pidfd = tryCall('pidfd_open', pid, 0);
  if (pidfd < 0) return;
  try {
    if (!isStill()) return;
    call({ step: `kill process ${pid}` }, 'pidfd_send_signal', pidfd, SIGKILL, 0, 0);
    await readable(pidfd);
  } finally {
    closeSync(pidfd);
  }
}

/** A pidfd is readable once its process has ended. */
async function readable(fd: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const watching = watch(fd, () => {
      watching[Symbol.dispose]();
      resolve();
    });
  });
}
