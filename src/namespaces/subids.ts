/**
 * Subordinate ids: the ranges of /etc/subuid and /etc/subgid (subuid(5)) that newuidmap(1) lets a
 * user map beside its own id.
 */
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { userInfo } from 'node:os';
import { kernel, tryCall } from '../native/index.js';
import { ownIds, type IdMaps, type IdRange } from './id-map.js';

export interface SubordinateRange {
  readonly start: number;
  readonly count: number;
}

export interface SubordinateIds {
  readonly uid: readonly SubordinateRange[];
  readonly gid: readonly SubordinateRange[];
}

/** The ranges of one file that belong to a user, by name or by number. */
export function parseSubordinateIds(
  text: string,
  user: { name: string; uid: number },
): SubordinateRange[] {
  return text.split('\n').flatMap((line) => {
    const [owner, start, count] = line.trim().split(':');
    if (owner !== user.name && owner !== String(user.uid)) return [];
    if (!isNumber(start) || !isNumber(count) || Number(count) === 0) return [];
    return [{ start: Number(start), count: Number(count) }];
  });
}

/** Not just anything Number() takes: an empty field would be id 0. */
function isNumber(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,10}$/.test(text);
}

export function subordinateIds(): SubordinateIds {
  const user = currentUser();
  const read = (file: string): SubordinateRange[] => {
    try {
      return parseSubordinateIds(readFileSync(file, 'utf8'), user);
    } catch {
      return [];
    }
  };
  return { uid: read('/etc/subuid'), gid: read('/etc/subgid') };
}

function currentUser(): { name: string; uid: number } {
  const uid = process.getuid?.() ?? 0;
  try {
    return { name: userInfo().username, uid };
  } catch {
    return { name: String(uid), uid };
  }
}

/** The programs that may write maps of more than one id, found in PATH. */
export function hasMapHelpers(): boolean {
  return ['newuidmap', 'newgidmap'].every((name) => findProgram(name) !== undefined);
}

export function findProgram(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Under no_new_privs a setuid newuidmap gets no privilege. */
export function mayUseMapHelpers(): boolean {
  return tryCall('prctl', kernel.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) !== 1 && hasMapHelpers();
}

/** 0 inside is the caller, then come its subordinate ids from 1 on; alone when there are none. */
export function rootMaps(): IdMaps {
  const own = ownIds(0, 0);
  const ids = subordinateIds();
  if (ids.uid.length === 0 || ids.gid.length === 0 || !mayUseMapHelpers()) return own;
  return {
    uid: [...own.uid, ...rangesFromOne(ids.uid)],
    gid: [...own.gid, ...rangesFromOne(ids.gid)],
    setgroups: 'allow',
    by: 'newuidmap',
  };
}

function rangesFromOne(ranges: readonly SubordinateRange[]): IdRange[] {
  let inside = 1;
  return ranges.map(({ start, count }) => {
    const range = { inside, outside: start, count };
    inside += count;
    return range;
  });
}
