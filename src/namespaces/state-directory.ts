/**
 * The state directory: where names, their stored programs and the pins of their namespaces are.
 * `$XDG_RUNTIME_DIR/nskit`, else `/run/user/UID/nskit` (cron, su and ssh see the same names), else
 * a private folder in /tmp. native/launch_stored.c looks in the same places in the same order.
 * Root of the initial user namespace has `/run/nskit`, for the names it makes for users.
 */
import {
  chmodSync,
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { NskitError } from '../errors/index.js';
import { kernel, requireLinux } from '../native/index.js';

export const SYSTEM_STATE_DIRECTORY = '/run/nskit';

const STICKY = 0o1000;
const GROUP_OR_OTHERS_WRITE = 0o022;

export class StateDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Held by the pause process, which F_GETLK names. */
  get pauseLock(): string {
    return join(this.path, 'pause.lock');
  }

  /** Held (flock(2)) by whoever changes something. */
  get changeLock(): string {
    return join(this.path, 'change.lock');
  }

  get names(): string {
    return join(this.path, 'names');
  }

  get programs(): string {
    return join(this.path, 'programs');
  }

  /** Locks of the init processes of names with a pid namespace. */
  get inits(): string {
    return join(this.path, 'inits');
  }

  /** Files given with --file, one folder a name. */
  get etc(): string {
    return join(this.path, 'etc');
  }

  /** Locked records of forwards that are kept, one each. */
  get forwards(): string {
    return join(this.path, 'forwards');
  }

  /** What exec shows of a name's uplink, one folder a name. */
  get uplinks(): string {
    return join(this.path, 'uplinks');
  }

  /** What the uplink process writes: it may make files nowhere else. */
  get uplinkFolder(): string {
    return join(this.path, 'uplink');
  }

  /** Held by the uplink process, which F_GETLK names. */
  get uplinkLock(): string {
    return join(this.uplinkFolder, 'lock');
  }

  /** Held by the watcher of the uplink process. */
  get watcherLock(): string {
    return join(this.path, 'watcher.lock');
  }

  /** Where the uplink process takes orders. */
  get uplinkSocket(): string {
    return join(this.uplinkFolder, 'sock');
  }

  /** The tmpfs with the pins lies over this folder, in the base mount namespace alone. */
  get pins(): string {
    return join(this.path, 'pins');
  }

  pin(kind: string, name: string): string {
    return join(this.pins, kind, name);
  }

  /**
   * Makes what is missing. Everything is the owner's alone, and sticky files are left alone by
   * cleaners of temporary files. The placeholder keeps a plain rmdir of the pin folder, which looks
   * empty from outside, from taking every pin with it.
   */
  prepare(): void {
    const { names, programs, inits, etc, forwards, uplinks, uplinkFolder, pins } = this;
    const folders = [names, programs, inits, etc, forwards, uplinks, uplinkFolder, pins];
    for (const folder of [this.path, ...folders]) {
      makeFolder(folder, this.isSystem ? 0o755 : 0o700);
      // Root's umask may be strict.
      if (this.isSystem) chmodSync(folder, 0o755);
      if (folder === this.path && !this.isSystem) checkIsPrivate(folder);
    }
    const { pauseLock, changeLock, uplinkLock, watcherLock } = this;
    const locks = [pauseLock, changeLock, uplinkLock, watcherLock];
    for (const file of [...locks, join(this.pins, '.keep')]) {
      touch(file);
    }
  }

  /** Root's, which the users that it makes names for read. */
  get isSystem(): boolean {
    return this.path === SYSTEM_STATE_DIRECTORY;
  }

  /** Writes a file whole or not at all. */
  write(path: string, content: string | Uint8Array): void {
    const fresh = unfinished(path);
    try {
      writeFileSync(fresh, content, { mode: 0o600 | STICKY });
      if (this.isSystem) chmodSync(fresh, 0o644);
      renameSync(fresh, path);
    } catch (error) {
      rmSync(fresh, { force: true });
      throw stateError(path, error);
    }
  }
}

/** A file that is being written; "~" is in no name. */
export function unfinished(path: string): string {
  return join(dirname(path), `~${basename(path)}`);
}

function touch(file: string): void {
  try {
    closeSync(openSync(file, 'a', 0o600 | STICKY));
  } catch (error) {
    throw stateError(file, error);
  }
}

function makeFolder(folder: string, mode: number): void {
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw stateError(folder, error);
  }
}

function stateError(folder: string, cause: unknown): NskitError {
  const { code = 'an error', message } = cause as NodeJS.ErrnoException;
  return new NskitError('ERR_STATE_DIRECTORY', `cannot write ${folder}: ${message}`, {
    hint:
      code === 'ENOSPC'
        ? 'its disk is full: free some space'
        : 'set XDG_RUNTIME_DIR to a folder that is yours alone (mode 0700)',
    cause,
  });
}

/** The uid of the user we are, even where a user namespace calls it 0. */
export function outerUid(): number {
  return outerId('uid', process.geteuid?.() ?? 0);
}

export function outerGid(): number {
  return outerId('gid', process.getegid?.() ?? 0);
}

function outerId(which: 'uid' | 'gid', id: number): number {
  for (const line of readFileSync(`/proc/self/${which}_map`, 'utf8').split('\n')) {
    const [inside = 0, outside = 0, count = 0] = line.trim().split(/\s+/).map(Number);
    if (line !== '' && id >= inside && id < inside + count) return outside + id - inside;
  }
  return id;
}

export function isInitialUserNamespace(): boolean {
  return statSync('/proc/self/ns/user').ino === kernel.INITIAL_USER_NAMESPACE_INODE;
}

/** Root of the machine: uid 0 of the initial user namespace, not of some other one. */
export function isRealRoot(): boolean {
  requireLinux();
  return process.geteuid?.() === 0 && isInitialUserNamespace();
}

let known: StateDirectory | undefined;

/** The state directory of whoever we are. It may not exist yet: `prepare` makes it. */
export function stateDirectory(): StateDirectory {
  known ??= new StateDirectory(isRealRoot() ? SYSTEM_STATE_DIRECTORY : userStatePath());
  return known;
}

function userStatePath(): string {
  const runtime = process.env['XDG_RUNTIME_DIR'];
  if (runtime?.startsWith('/') === true && isOurs(runtime)) return join(runtime, 'nskit');
  const standard = `/run/user/${String(outerUid())}`;
  if (isOurs(standard)) return join(standard, 'nskit');
  return `/tmp/nskit-${String(outerUid())}`;
}

/** Ours, and nobody else may put anything in it. */
function isOurs(folder: string): boolean {
  try {
    const { uid, mode } = statSync(folder);
    return uid === process.geteuid?.() && (mode & GROUP_OR_OTHERS_WRITE) === 0;
  } catch {
    // Not there, or out of reach (the variable is of another user, after su).
    return false;
  }
}

/** /tmp is everybody's: somebody else may have made a folder, or a link, before us. */
function checkIsPrivate(folder: string): void {
  const { uid, mode } = lstatSync(folder);
  if ((mode & 0o170077) === 0o040000 && uid === process.geteuid?.()) return;
  throw new NskitError('ERR_STATE_DIRECTORY', `${folder} is not a folder of yours alone`, {
    hint: 'set XDG_RUNTIME_DIR to a folder that is (mode 0700)',
  });
}
