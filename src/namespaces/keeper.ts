/**
 * The stored programs of processes that only keep something alive: the pause process (a user's base
 * namespaces) and the init process of a name with a pid namespace. Both take a lock after their own
 * exec, say that they are ready, and wait until their lock file is gone: removed, or out of reach
 * because the runtime directory was unmounted (logout).
 *
 * Whether it was unmounted shows outside only. In the base mount namespace the runtime directory
 * carries the mount with the pins, and the kernel spares a mount that carries another when the
 * original of it is unmounted elsewhere. So they hold two views of where they come from: its root
 * folder, from which the lock file is looked for, and its table of mounts, which says when to look.
 */
import { realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, dirname, join } from 'node:path';
import {
  Block,
  Place,
  close,
  expectEqual,
  exit,
  jump,
  kernel,
  label,
  open,
  orElse,
  setDisposition,
  step,
  storedProgram,
  waitFor,
  waitUntilReady,
  wholeFileLock,
  write,
  type Program,
} from '../native/index.js';

/** Where a keeper finds what was opened for it. */
export const keeperFds = {
  program: 3,
  /** Gets one byte when the lock is held. */
  ready: 4,
  /** The root folder and /proc/self/mountinfo of whoever started it. */
  root: 5,
  mounts: 6,
} as const;

export interface KeeperOptions {
  readonly lockFile: string;
  /** Held as well (flock), so that cleaners of temporary files pass the folder by. */
  readonly guardedFolder?: string;
}

/** Ends at once when its lock file goes. */
export function pauseProgram(options: KeeperOptions): Uint8Array {
  const gone = label('the state directory is gone');
  return storedProgram([...keep(options, gone, kernel.F_SETLK), gone, exit(0)]);
}

/** As an init it reaps whatever it inherits, and outlives its lock file until no child is left. */
export function initProgram(options: KeeperOptions): Uint8Array {
  const gone = label('the name is gone');
  const done = label('no process is left');
  return storedProgram([
    setDisposition(constants.signals.SIGCHLD, 'ignore'),
    // Waits for one that is about to end: an init process whose maker was killed ends by itself, but
    // the name may be made again before it has.
    ...keep(options, gone, F_SETLKW),
    gone,
    orElse(waitFor('wait for the last child', -1, new Block(4)), done),
    done,
    exit(0),
  ]);
}

/** fcntl(2): F_SETLK that waits. */
const F_SETLKW = 7;

function keep(
  options: KeeperOptions,
  gone: ReturnType<typeof label>,
  lockCommand: number,
): Program {
  const { lockFile, guardedFolder } = options;
  const needless = label('another one holds the lock, or nobody waits for us any more');
  const started = label('wait');
  const lock = open('open the lock file', lockFile, {
    flags: kernel.O_RDWR | kernel.O_CREAT,
    mode: 0o600,
  });
  const flags = kernel.IN_CLOEXEC | kernel.IN_NONBLOCK;
  const inotify = step('watch the lock file', 'inotify_init1', [flags], { opens: true });
  const events = kernel.IN_ATTRIB | kernel.IN_DELETE_SELF | kernel.IN_MOVE_SELF;
  return [
    lock,
    orElse(step('take the lock', 'fcntl', [lock, lockCommand, wholeFileLock()]), needless),
    ...guard(guardedFolder),
    inotify,
    step('watch the lock file', 'inotify_add_watch', [inotify, lockFile, events]),
    orElse(write('say that we are ready', keeperFds.ready, '.'), needless),
    close('say that we are ready', keeperFds.ready),
    jump(started),
    needless,
    exit(0),
    started,
    ...waitWhileReachable({ lock, lockFile: fromRoot(lockFile), inotify, gone }),
  ];
}

function guard(folder: string | undefined): Program {
  if (folder === undefined) return [];
  const opened = open('guard the folder from cleaners', folder, { flags: kernel.O_DIRECTORY });
  const args = [opened, kernel.LOCK_SH | kernel.LOCK_NB];
  return [
    opened,
    step('guard the folder from cleaners', 'flock', args, { recovery: { goTo: 'next' } }),
  ];
}

/** As a path below a root folder: a link in it might lead to the root of another view. */
function fromRoot(file: string): string {
  return join(realFolder(dirname(file)), basename(file)).slice(1);
}

function realFolder(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // It is not made yet: somebody only looks at the steps.
    return path;
  }
}

interface Watched {
  readonly lock: ReturnType<typeof open>;
  /** Below the root folder. */
  readonly lockFile: string;
  readonly inotify: ReturnType<typeof open>;
  readonly gone: ReturnType<typeof label>;
}

/** struct statx: stx_ino. */
const STATX_SIZE = 256;
const STATX_INO = 32;

/**
 * Sleeps until the file changes or a mount does, then looks whether the path still leads to the
 * file we hold. An event alone does not say that: any mount wakes us.
 */
function waitWhileReachable({ lock, lockFile, inotify, gone }: Watched): Program {
  const again = label('look again');
  const [held, found] = [new Block(STATX_SIZE), new Block(STATX_SIZE)];
  const inode = (what: string, block: Block): ReturnType<typeof step> =>
    step(what, 'load64', [new Place(block, STATX_INO)]);
  const ours = inode('look at our lock', held);
  const theirs = inode('look for the lock file', found);
  return [
    again,
    step('look at our lock', 'statx', [lock, '', kernel.AT_EMPTY_PATH, 0, held]),
    orElse(step('look for the lock file', 'statx', [keeperFds.root, lockFile, 0, 0, found]), gone),
    ours,
    theirs,
    orElse(expectEqual('compare the two', ours, theirs, 'ENOENT'), gone),
    ...waitUntilReady(
      'wait for a change',
      [{ fd: inotify }, { fd: keeperFds.mounts, events: kernel.POLLPRI }],
      again,
    ),
    step('read the events', 'read', [inotify, new Block(4096), 4096], {
      recovery: { goTo: 'next' },
    }),
    jump(again),
  ];
}
