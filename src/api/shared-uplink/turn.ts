/**
 * Which of several uplink processes serves: the one that has the lock. Another one that starts waits
 * while that one is ending, and gives up as soon as it answers: then whoever started the other one has
 * the process that they wanted.
 */
import { renameSync, rmSync, watch as watchFolder } from 'node:fs';
import { NskitError } from '../../errors/index.js';
import {
  lockHolderPid,
  tryUplinkLock,
  unfinished,
  type StateDirectory,
} from '../../namespaces/index.js';
import { tryCall, watch } from '../../native/index.js';
import {
  FileDescriptor,
  connectDescriptor,
  here,
  listenerOpening,
  openOne,
  socketsFrom,
  type Listener,
} from '../../sockets/index.js';

/** Undefined: this process serves. Else the pid of the one that does. */
export async function takeTurn(state: StateDirectory): Promise<number | undefined> {
  while (!tryUplinkLock(state)) {
    const pid = lockHolderPid(state.uplinkLock);
    if (pid === undefined) continue;
    if (await serves(state, pid)) return pid;
  }
  return undefined;
}

/** Settles when it answers, or (false) when it has ended. */
async function serves(state: StateDirectory, pid: number): Promise<boolean> {
  if (pid === 0) {
    throw new NskitError('ERR_UPLINK_PROCESS', 'the uplink process is in another pid namespace');
  }
  const fd = tryCall('pidfd_open', pid, 0);
  if (fd < 0) return false;
  using held = new FileDescriptor(fd);
  return await new Promise((resolve) => {
    const settle = (answer: boolean): void => {
      folder.close();
      ending[Symbol.dispose]();
      resolve(answer);
    };
    const look = (): void => void answers(state).then((does) => does && settle(true));
    const folder = watchFolder(state.uplinkFolder, look);
    const ending = watch(held.fd, () => settle(false));
    // What happened before we watched.
    look();
  });
}

async function answers(state: StateDirectory): Promise<boolean> {
  try {
    using _connection = await connectDescriptor(socketsFrom(here), { path: state.uplinkSocket });
    return true;
  } catch {
    return false;
  }
}

/**
 * Has its name only when it listens, so that nobody who finds it is refused. Takes the place of what a
 * process that was killed left.
 */
export async function listenAt(path: string): Promise<Listener> {
  const fresh = unfinished(path);
  rmSync(fresh, { force: true });
  const listener = await openOne(here, listenerOpening({ path: fresh, nonBlocking: true }));
  renameSync(fresh, path);
  return listener;
}
