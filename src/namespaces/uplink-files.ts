/**
 * What an uplink changes of a name's inside: uplinks/NAME/etc lies over /etc, and the folders of
 * uplinks/NAME/hidden.json are out of sight. A stored program looks whether the folder came or went.
 */
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { callError, errnoCode, kernel, tryCall, wholeFileLock } from '../native/index.js';
import type { EtcTexts } from './etc-links.js';
import { lockHolderPid } from './pause.js';
import { listFolder } from './record.js';
import type { StateDirectory } from './state-directory.js';

export interface UplinkFiles {
  /** By their paths below /etc. */
  readonly etc: EtcTexts;
  /** Folders. */
  readonly hidden: readonly string[];
}

/** Whether there is an uplink process, or one will be again in a moment. */
export function uplinkProcessLives(state: StateDirectory): boolean {
  return [state.uplinkLock, state.watcherLock].some((lock) => lockHolderPid(lock) !== undefined);
}

/** Whether somebody starts it again when it is killed. */
export function uplinkProcessIsWatched(state: StateDirectory): boolean {
  return lockHolderPid(state.watcherLock) !== undefined;
}

/** Complete as soon as it is there under its name. Everybody inside may read it. */
export function writeUplinkFiles(state: StateDirectory, name: string, files: UplinkFiles): void {
  const fresh = `~${name}`;
  removeUplinkFiles(state, fresh);
  const folder = uplinkEtc(state, fresh);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  writeFileSync(hiddenFile(state, fresh), JSON.stringify(files.hidden));
  for (const [path, text] of Object.entries(files.etc)) {
    const file = join(folder, basename(path));
    writeFileSync(file, text);
    chmodSync(file, 0o644);
  }
  removeUplinkFiles(state, name);
  renameSync(join(state.uplinks, fresh), join(state.uplinks, name));
}

export function removeUplinkFiles(state: StateDirectory, name: string): void {
  rmSync(join(state.uplinks, name), { recursive: true, force: true });
}

/** Leftovers of an uplink process that was killed. */
export function cleanUplinkFiles(state: StateDirectory): void {
  if (uplinkProcessLives(state)) return;
  for (const name of listFolder(state.uplinks)) removeUplinkFiles(state, name);
}

/**
 * Of this process, until it ends; false: another one has it. Whoever has it must not open the lock
 * again, because it is lost with any descriptor of the file that is closed.
 */
export function tryUplinkLock(state: StateDirectory): boolean {
  const fd = openSync(state.uplinkLock, 'a', 0o600);
  const answer = tryCall('fcntl', fd, kernel.F_SETLK, wholeFileLock().bytes);
  if (answer >= 0) return true;
  closeSync(fd);
  if (['EAGAIN', 'EACCES'].includes(errnoCode(-answer))) return false;
  throw callError({ step: 'lock the file of the uplink process' }, 'fcntl', answer);
}

export function uplinkEtc(state: StateDirectory, name: string): string {
  return join(state.uplinks, name, 'etc');
}

/** Folders that are to be out of sight where they exist. */
export function hiddenBy(state: StateDirectory, name: string): string[] {
  const file = hiddenFile(state, name);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as string[]) : [];
}

function hiddenFile(state: StateDirectory, name: string): string {
  return join(state.uplinks, name, 'hidden.json');
}
