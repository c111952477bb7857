/**
 * The pause process: it does nothing but exist, and so holds a user's base namespaces. It takes a
 * lock on a file after its own exec, and F_GETLK names whoever holds that lock: no pid file can lie.
 *
 * Nobody else may ever lock that file with fcntl(2), nor a child that shares our fds: such a lock
 * would name a process that is gone.
 */
import { closeSync, existsSync, openSync } from 'node:fs';
import {
  Block,
  FLOCK_PID,
  call,
  expectEqual,
  expectNotEqual,
  getLock,
  kernel,
  load32,
  numbered,
  open,
  step,
  wholeFileLock,
  type Program,
  type Step,
} from '../native/index.js';

/** A process found by the lock it holds, with its /proc directory held open. */
export interface LockHolder extends Disposable {
  readonly pid: number;
  /** A path below the process's /proc directory that no later process with its pid can take over. */
  path(below: string): string;
}

/** Who holds a lock file, as seen from here; pid 0 when it lives where we cannot see it. */
export function lockHolderPid(lockFile: string): number | undefined {
  if (!existsSync(lockFile)) return undefined;
  const fd = openSync(lockFile, 'r');
  try {
    const lock = wholeFileLock().bytes;
    call({ step: 'find the pause process', path: lockFile }, 'fcntl', fd, kernel.F_GETLK, lock);
    const view = new DataView(lock.buffer);
    const held = view.getInt16(0, true) !== kernel.F_UNLCK;
    return held ? view.getInt32(FLOCK_PID, true) : undefined;
  } finally {
    closeSync(fd);
  }
}

/** Opens the holder's /proc directory; undefined when nobody holds the lock. */
export function findLockHolder(lockFile: string): LockHolder | undefined {
  const pid = lockHolderPid(lockFile);
  if (pid === undefined) return undefined;
  if (pid === 0) return { pid, path: () => '', [Symbol.dispose]: () => undefined };
  const fd = openDirectory(`/proc/${String(pid)}`);
  // Again, because the pid may have been reused before the directory was open.
  if (fd === undefined || !stillHolds(lockFile, pid, fd)) return findLockHolder(lockFile);
  return {
    pid,
    path: (below) => `/proc/self/fd/${String(fd)}/${below}`,
    [Symbol.dispose]: () => {
      closeSync(fd);
    },
  };
}

/** Undefined when there is none: the process has ended. Out of fds, asking again would never end. */
function openDirectory(path: string): number | undefined {
  try {
    return openSync(path, kernel.O_PATH | kernel.O_DIRECTORY | kernel.O_CLOEXEC);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Closes the directory when the answer is no, or cannot be had. */
function stillHolds(lockFile: string, pid: number, directory: number): boolean {
  let holds = false;
  try {
    holds = lockHolderPid(lockFile) === pid;
  } finally {
    if (!holds) closeSync(directory);
  }
  return holds;
}

/** Steps that find the holder of a lock file at run time and open its /proc directory. */
export interface HolderSteps {
  readonly steps: Program;
  /** The directory's fd. */
  readonly proc: Step;
}

export function lockHolderSteps(lockFile: string, who: string): HolderSteps {
  const sentence = `find ${who}`;
  const file = open(sentence, lockFile);
  const locks = [wholeFileLock(), wholeFileLock()] as const;
  const [first, second] = locks.map((lock) => askLock(sentence, file, lock)) as [Ask, Ask];
  const folder = numbered(sentence, '/proc/', first.pid);
  const flags = kernel.O_PATH | kernel.O_DIRECTORY;
  const proc: Step = open(`open the /proc folder of ${who}`, folder.text, { flags });
  return {
    proc,
    steps: [
      file,
      ...first.steps,
      // It lives in a pid namespace that we cannot see: its /proc folder is not ours to open.
      expectNotEqual(`reach ${who} from this pid namespace`, first.pid, 0, 'EXDEV'),
      folder.write,
      proc,
      ...second.steps,
      // The pid was reused between the two: what we opened is somebody else.
      expectEqual(sentence, first.pid, second.pid, 'EAGAIN'),
      { ...step(sentence, 'close', [file]) },
    ],
  };
}

interface Ask {
  readonly steps: Program;
  readonly pid: Step;
}

function askLock(sentence: string, file: Step, lock: Block): Ask {
  const type = load32(sentence, lock);
  const free = new Block(8);
  new DataView(free.bytes.buffer).setInt16(0, kernel.F_UNLCK, true);
  const unlocked = load32(sentence, free);
  const pid = load32(sentence, lock, FLOCK_PID);
  return {
    pid,
    steps: [
      getLock(sentence, file, lock),
      type,
      unlocked,
      expectNotEqual(sentence, type, unlocked, 'ESRCH'),
      pid,
    ],
  };
}
