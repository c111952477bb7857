/**
 * A user's base namespaces: one user, one mount and one network namespace, held by the pause
 * process. In the mount namespace a shared tmpfs lies over the pin folder of the state directory;
 * each named namespace is a bind mount there, without a process or any memory of ours.
 */
import { closeSync, statfsSync } from 'node:fs';
import { NskitError, SyscallError } from '../errors/index.js';
import {
  Block,
  bringUpLoopback,
  exit,
  expectEqual,
  fork,
  kernel,
  label,
  mkdir,
  mount,
  open,
  pipe,
  runProgramAsync,
  setPropagation,
  setSignalMask,
  step,
  unshare,
  Place,
  type Program,
  type Step,
} from '../native/index.js';
import { detach, keepOnly } from './detach.js';
import { mapSteps, ownIds, type IdMaps } from './id-map.js';
import { keeperFds, pauseProgram } from './keeper.js';
import { keepOpen, programFile, runLauncher } from './replace.js';
import { findLockHolder, type LockHolder } from './pause.js';
import type { StateDirectory } from './state-directory.js';
import { rootMaps } from './subids.js';

/** Kinds a name may pin; a folder each, because stock `ip netns` wants net pins alone in theirs. */
export const pinnedKinds = ['net', 'user', 'pid', 'uts', 'ipc', 'mnt'] as const;
export type PinnedKind = (typeof pinnedKinds)[number];

const TMPFS_MAGIC = 0x01021994;

/** The pause process, or undefined when there is none. Throws ERR_BASE_UNREACHABLE. */
export function findBase(state: StateDirectory): LockHolder | undefined {
  const holder = findLockHolder(state.pauseLock);
  if (holder === undefined) return undefined;
  try {
    if (holder.pid === 0) throw unreachable('it lives in another pid namespace');
    if (statfsSync(holder.path(`root${state.pins}`)).type !== TMPFS_MAGIC) return undefined;
    return holder;
  } catch (error) {
    holder[Symbol.dispose]();
    const { code } = error as NodeJS.ErrnoException;
    // It held the lock a moment ago, and is ending.
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    if (code === 'EACCES') {
      throw unreachable('this process is in another user namespace, or is not the same user');
    }
    throw error;
  }
}

export function unreachable(why: string): NskitError {
  return new NskitError('ERR_BASE_UNREACHABLE', `cannot reach the base namespaces: ${why}`, {
    hint: 'run nskit outside of this sandbox, or outside of "--map-current" and "--isolated"',
  });
}

/** The pause process; started when there is none. The caller holds the change lock. */
export async function ensureBase(state: StateDirectory): Promise<LockHolder> {
  const running = findBase(state);
  if (running !== undefined) return running;
  await startBase(state, rootMaps()).catch(async (error: unknown) => {
    // newuidmap may be there and yet refuse (a stale /etc/subuid): one id is better than none.
    if (!(error instanceof SyscallError) || !/new[ug]idmap|id maps/.test(error.step)) throw error;
    process.emitWarning(`only your own id is mapped: ${error.message}`, 'NskitWarning');
    await startBase(state, ownIds(0, 0));
  });
  const started = findBase(state);
  if (started !== undefined) return started;
  throw new NskitError('ERR_BASE_START', 'the pause process ended as soon as it was started');
}

async function startBase(state: StateDirectory, maps: IdMaps): Promise<void> {
  const program = baseProgram(state, maps);
  try {
    await runProgramAsync(program.steps, { in: 'child' });
  } finally {
    closeSync(program.fd);
  }
}

/**
 * Started twice removed, so that it is nobody's child; the first child waits until the pause
 * process says that it holds its lock. Its own failure is reported by the shared report.
 */
function baseProgram(state: StateDirectory, maps: IdMaps): { steps: Program; fd: number } {
  const ready = pipe('make a pipe from the pause process');
  const child = label('the pause process');
  const [readEnd, writeEnd] = pipeEnds(ready.fds);
  const heard = step('wait for the pause process', 'read', [readEnd, new Block(8), 1]);
  const map = mapSteps(maps);
  const outside = viewOutside();
  const fd = programFile(
    pauseProgram({
      lockFile: state.pauseLock,
      ...(state.path.startsWith('/tmp/') ? { guardedFolder: state.path } : {}),
    }),
  );
  return {
    fd,
    steps: [
      ready.make,
      readEnd,
      writeEnd,
      fork('start the pause process', child),
      step('leave our end to the pause process', 'close', [writeEnd]),
      heard,
      expectEqual('wait for the pause process', heard, 1, 'ECHILD'),
      exit(0),
      child,
      ...detach(),
      ...map.prepare,
      ...outside.open,
      unshare(
        'make the base user, mount and network namespaces',
        kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS | kernel.CLONE_NEWNET,
      ),
      ...map.apply,
      ...bringUpLoopback(),
      ...pinFolderSteps(state),
      ...becomeKeeper({ name: 'nskit-pause', programFd: fd, readyFd: writeEnd, outside }),
      ...map.aside,
    ],
  };
}

export function pipeEnds(fds: Block): [Step, Step] {
  return [
    step('take the read end', 'load32', [new Place(fds, 0)]),
    step('take the write end', 'load32', [new Place(fds, 4)]),
  ];
}

/** What a keeper watches, opened where its lock file was made. */
export interface ViewOutside {
  readonly open: Program;
  readonly root: Step;
  readonly mounts: Step;
}

export function viewOutside(): ViewOutside {
  const flags = kernel.O_PATH | kernel.O_DIRECTORY;
  const root = open('open our root folder', '/', { flags });
  const mounts = open('open our table of mounts', '/proc/self/mountinfo');
  return { open: [root, mounts], root, mounts };
}

interface KeeperSources {
  readonly name: string;
  readonly programFd: number;
  readonly readyFd: Step | number;
  /** For one that watches a lock file. */
  readonly outside?: ViewOutside;
}

/** No fd but those it keeps, and /dev/null; default signals; then the launcher. */
export function becomeKeeper({ name, programFd, readyFd, outside }: KeeperSources): Program {
  const kept = new Map<number, Step | number>([
    [keeperFds.program, programFd],
    [keeperFds.ready, readyFd],
  ]);
  if (outside !== undefined) {
    kept.set(keeperFds.root, outside.root).set(keeperFds.mounts, outside.mounts);
  }
  return [
    ...keepOnly(kept),
    keepOpen(keeperFds.program),
    setSignalMask(),
    runLauncher([name, '--program', String(keeperFds.program)], []),
  ];
}

/**
 * Slave first: the host's mounts go on appearing here, ours never there. Then the tmpfs, shared
 * before anything is mounted on it, because `nskit shell` takes a copy that must see later pins.
 */
function pinFolderSteps(state: StateDirectory): Program {
  const flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC;
  return [
    setPropagation('/', 'slave'),
    mount('mount the pin folder', state.pins, {
      source: 'nskit',
      type: 'tmpfs',
      flags,
      data: 'mode=0755',
    }),
    setPropagation(state.pins, 'shared', false),
    ...pinnedKinds.map((kind) => mkdir(`${state.pins}/${kind}`)),
  ];
}
