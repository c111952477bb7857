/** Whether the state directory could hold names: tried with a folder that is removed again. */
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isRealRoot, outerUid, stateDirectory } from '../state-directory.js';
import type { Finding } from './check.js';

const WRITABLE_BY_OTHERS = 0o022;

export function stateFinding(): Finding {
  const { path } = stateDirectory();
  const folder = nearestFolder(path);
  const failure = tryWriting(folder);
  if (failure !== undefined) return cannotWrite(folder, failure);
  return isExposed(path) ?? isSecondBest(path) ?? { status: 'works', detail: path };
}

function runtimeVariable(): string | undefined {
  return process.env['XDG_RUNTIME_DIR'];
}

function standardFolder(): string {
  return `/run/user/${outerUid()}`;
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

function isExposed(path: string): Finding | undefined {
  if (!existsSync(path) || (statSync(path).mode & 0o077) === 0) return undefined;
  const mode = (statSync(path).mode & 0o7777).toString(8);
  const blocker = `${path} is open to others (mode ${mode})`;
  return { status: 'degraded', detail: path, blocker, fix: `chmod 700 ${path}` };
}

/** Why a folder that was asked for is not used: undefined when it may be. */
function unfit(folder: string): string | undefined {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) return 'does not exist';
  if (stat.uid !== process.geteuid?.()) return `belongs to uid ${stat.uid}, not to you`;
  if ((stat.mode & WRITABLE_BY_OTHERS) === 0) return undefined;
  return `is open to others (mode ${(stat.mode & 0o7777).toString(8)})`;
}

function isSecondBest(path: string): Finding | undefined {
  const runtime = runtimeVariable();
  const fallback = `names are kept in ${path}`;
  const reason = runtime === undefined || isRealRoot() ? undefined : unfit(runtime);
  if (reason !== undefined) {
    const blocker = `XDG_RUNTIME_DIR (${runtime ?? ''}) ${reason}`;
    return { status: 'degraded', detail: path, blocker, fix: fixFor(runtime ?? ''), fallback };
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

function fixFor(runtime: string): string {
  const stat = statSync(runtime, { throwIfNoEntry: false });
  if (stat?.uid === process.geteuid?.()) return `chmod 700 ${runtime}`;
  const standard = standardFolder();
  return unfit(standard) === undefined ? `export XDG_RUNTIME_DIR=${standard}` : ownFolder();
}
