/** Whether the state directory could hold names: tried with a folder that is removed again. */
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { NskitError } from '../../errors/index.js';
import { isRealRoot, outerUid, stateDirectory } from '../state-directory.js';
import type { Finding } from './check.js';

const STICKY = 0o1000;
const WRITABLE_BY_OTHERS = 0o022;

export function stateFinding(): Finding {
  const path = findPath();
  if (typeof path !== 'string') return path;
  const folder = nearestFolder(path);
  const failure = tryWriting(folder);
  if (failure !== undefined) return cannotWrite(folder, failure);
  return isExposed(path) ?? isSecondBest(path) ?? { status: 'works', detail: path };
}

/** stateDirectory() makes the folder in /tmp that it falls back to; we leave nothing behind. */
function findPath(): string | Finding {
  const fallback = `/tmp/nskit-${outerUid()}`;
  const hasRuntime = [runtimeVariable(), standardFolder()].some(isOurs);
  if (!isRealRoot() && !hasRuntime && !existsSync(fallback)) return fallback;
  try {
    return stateDirectory().path;
  } catch (error) {
    if (!(error instanceof NskitError)) throw error;
    return {
      status: 'fails',
      detail: error.message,
      blocker: 'no private folder',
      fix: ownFolder(),
    };
  }
}

function runtimeVariable(): string | undefined {
  return process.env['XDG_RUNTIME_DIR'];
}

function standardFolder(): string {
  return `/run/user/${outerUid()}`;
}

function isOurs(folder: string | undefined): boolean {
  return folder !== undefined && ownerOf(folder) === process.geteuid?.();
}

function ownerOf(folder: string): number | undefined {
  return statSync(folder, { throwIfNoEntry: false })?.uid;
}

function ownFolder(): string {
  return 'mkdir -m 700 ~/.nskit-run && export XDG_RUNTIME_DIR=~/.nskit-run';
}

function nearestFolder(path: string): string {
  return existsSync(path) ? path : dirname(path);
}

function tryWriting(folder: string): NodeJS.ErrnoException | undefined {
  let own: string | undefined;
  try {
    own = mkdtempSync(join(folder, '.doctor-'));
    writeFileSync(join(own, 'record'), 'x'.repeat(4096));
    return undefined;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  } finally {
    if (own !== undefined) rmSync(own, { recursive: true, force: true });
  }
}

function cannotWrite(folder: string, { code, message }: NodeJS.ErrnoException): Finding {
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  return {
    status: 'fails',
    detail: message,
    blocker: isFull ? `${folder} is full` : `${folder} cannot be written`,
    fix: isFull ? `free some space: df -h ${folder}` : ownFolder(),
    fallback: '"nskit run" and "nskit unshare", which keep no names',
  };
}

/** Whoever may rename our folder may put another in its place. */
function isExposed(path: string): Finding | undefined {
  const folder = dirname(path);
  const { mode } = statSync(folder);
  const isGuarded = (mode & WRITABLE_BY_OTHERS) === 0 || (mode & STICKY) !== 0;
  if (isGuarded && isPrivate(path)) return undefined;
  const exposed = isGuarded ? path : folder;
  return {
    status: 'degraded',
    detail: path,
    blocker: `${exposed} is open to others (mode ${(statSync(exposed).mode & 0o7777).toString(8)})`,
    fix: `chmod 700 ${exposed}`,
  };
}

function isPrivate(path: string): boolean {
  return !existsSync(path) || (statSync(path).mode & 0o077) === 0;
}

function isSecondBest(path: string): Finding | undefined {
  const runtime = runtimeVariable();
  const fallback = `names are kept in ${path}`;
  if (runtime !== undefined && !isOurs(runtime) && !isRealRoot()) {
    const owner = ownerOf(runtime);
    const whose = owner === undefined ? 'does not exist' : `belongs to uid ${owner}, not to you`;
    const fix = isOurs(standardFolder())
      ? `export XDG_RUNTIME_DIR=${standardFolder()}`
      : ownFolder();
    const blocker = `XDG_RUNTIME_DIR (${runtime}) ${whose}`;
    return { status: 'degraded', detail: path, blocker, fix, fallback };
  }
  if (!path.startsWith('/tmp/nskit-')) return undefined;
  return {
    status: 'degraded',
    detail: path,
    blocker: `you have no runtime directory (${standardFolder()})`,
    fix: 'sudo loginctl enable-linger "$USER"',
    fallback,
  };
}
