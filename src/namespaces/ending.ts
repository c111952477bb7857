/** Ending a process that is no child of ours, by its pidfd. */
import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { SIGKILL, call, tryCall, watch } from '../native/index.js';

/**
 * SIGKILL, and waits until it is gone. `isStill` is asked once the pidfd is open, so that a process
 * that took the pid over meanwhile is not hit.
 */
export async function killAndWait(pid: number, isStill: () => boolean): Promise<void> {
  await withPidfd(pid, async (pidfd) => {
    if (!isStill()) return;
    kill(pid, pidfd);
    await ended(pidfd);
  });
}

const PATIENCE_MS = 3000;

/** Asks it to end, and kills it when it has not done so in time. */
export async function endAndWait(
  pid: number,
  isStill: () => boolean,
  ask: () => void,
): Promise<void> {
  await withPidfd(pid, async (pidfd) => {
    if (!isStill()) return;
    ask();
    const end = ended(pidfd);
    const over = new AbortController();
    const late = sleep(PATIENCE_MS, undefined, over).then(
      () => kill(pid, pidfd),
      () => undefined,
    );
    await Promise.race([end, late]);
    over.abort();
    await end;
  });
}

async function withPidfd(pid: number, work: (pidfd: number) => Promise<void>): Promise<void> {
  const pidfd = tryCall('pidfd_open', pid, 0);
  if (pidfd < 0) return;
  try {
    await work(pidfd);
  } finally {
    closeSync(pidfd);
  }
}

function kill(pid: number, pidfd: number): void {
  call({ step: `kill process ${pid}` }, 'pidfd_send_signal', pidfd, SIGKILL, 0, 0);
}

/** A pidfd is readable once its process has ended. */
async function ended(pidfd: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const watching = watch(pidfd, () => {
      watching[Symbol.dispose]();
      resolve();
    });
  });
}
