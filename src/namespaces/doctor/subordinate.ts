/** What can stand between a user and its subordinate ids, from the files that grant them. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { userInfo } from 'node:os';
import { cString, tryCall } from '../../native/index.js';
import type { IdRange } from '../id-map.js';
import { findProgram, subordinateIds } from '../subids.js';
import type { Finding } from './check.js';
import type { Facts } from './facts.js';
import { inContainerOr, installMapHelpers } from './fixes.js';
import { hasIds, parseIdMap, readText } from './proc-text.js';

type Obstacle = Pick<Finding, 'detail' | 'blocker' | 'fix'>;

const HELPERS = ['newuidmap', 'newgidmap'] as const;
const FOLDERS = ['/usr/bin', '/bin', '/usr/local/bin', '/usr/sbin'];
const SETUID = 0o4000;
const RANGE_SIZE = 65_536;
const FIRST_START = 100_000;

/** What makes an attempt pointless; undefined when nothing is known to. */
export function findObstacle(facts: Facts): Obstacle | undefined {
  return fewIds() ?? noRanges(facts) ?? noHelpers() ?? noPrivileges(facts) ?? idsOfOthers();
}

const outside =
  'start nskit outside of it, or give it more ids (unshare --map-auto; podman run --userns=auto)';

/** A user namespace of somebody's with one id, or none: no more ids can be had from inside. */
function fewIds(): Obstacle | undefined {
  const counts = ownIdMap('uid_map').map(({ count }) => count);
  const ids = counts.reduce((sum, count) => sum + count, 0);
  if (ids > 1) return undefined;
  return {
    detail: `${ids} id${ids === 1 ? '' : 's'} in the user namespace nskit was started in`,
    blocker: 'a user namespace has no more ids than the one it was made in',
    fix: outside,
  };
}

function ownIdMap(file: 'uid_map' | 'gid_map'): IdRange[] {
  return parseIdMap(readText(`/proc/self/${file}`) ?? '0 0 4294967295');
}

function noRanges(facts: Facts): Obstacle | undefined {
  const { uid, gid } = subordinateIds();
  const lacking = [
    ...(uid.length === 0 ? ['/etc/subuid'] : []),
    ...(gid.length === 0 ? ['/etc/subgid'] : []),
  ];
  if (lacking.length === 0) return undefined;
  const texts = ['/etc/subuid', '/etc/subgid'].map((file) => readText(file) ?? '');
  const name = userName();
  return {
    detail: `no range for ${name} in ${lacking.join(' and ')}`,
    blocker: 'nobody has granted you subordinate ids',
    fix: facts.isInitialUserNamespace
      ? grantRanges(name, texts)
      : 'start nskit outside of the user namespace it was started in',
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 0);
  }
}

/** After every range there is, so that no two users share an id. */
export function grantRanges(name: string, texts: readonly string[]): string {
  const ends = texts
    .flatMap((text) => text.split('\n'))
    .map((line) => line.trim().split(':').slice(1).map(Number))
    .map(([start = 0, count = 0]) => start + count)
    .filter(Number.isInteger);
  const start = Math.max(FIRST_START, ...ends);
  const range = `${start}-${start + RANGE_SIZE - 1}`;
  return `sudo usermod --add-subuids ${range} --add-subgids ${range} ${name}`;
}

function noHelpers(): Obstacle | undefined {
  const missing = HELPERS.filter((name) => findProgram(name) === undefined);
  const [first] = missing;
  if (first === undefined) return undefined;
  const elsewhere = FOLDERS.find((folder) => existsSync(join(folder, first)));
  return {
    detail: `${missing.join(' and ')} not found in PATH`,
    blocker:
      elsewhere === undefined
        ? `${missing.join(' and ')} not installed`
        : `${elsewhere} is not in PATH`,
    fix:
      elsewhere === undefined
        ? installMapHelpers(readText('/etc/os-release') ?? '')
        : `export PATH="$PATH:${elsewhere}"`,
  };
}

function noPrivileges(facts: Facts): Obstacle | undefined {
  if (!facts.noNewPrivileges) return undefined;
  return {
    detail: 'newuidmap gets no privilege (NoNewPrivs: 1)',
    blocker: 'nskit was started under no_new_privs, where setuid programs have no effect',
    fix: inContainerOr(
      facts.container,
      'privileges',
      'start nskit without it; in a systemd unit NoNewPrivileges=no',
    ),
  };
}

/** In a user namespace of somebody's, /etc/subuid speaks of ids that do not exist. */
function idsOfOthers(): Obstacle | undefined {
  const { uid, gid } = subordinateIds();
  const lacks = (file: 'uid_map' | 'gid_map', ranges: typeof uid): boolean =>
    ranges.some(({ start, count }) => !hasIds(ownIdMap(file), start, count));
  if (!lacks('uid_map', uid) && !lacks('gid_map', gid)) return undefined;
  return {
    detail: 'the ids of /etc/subuid do not exist in this user namespace (/proc/self/uid_map)',
    blocker: 'nskit was started in a user namespace that has fewer ids',
    fix: outside,
  };
}

/** The helpers were run and failed: a lost setuid bit, or a file system mounted nosuid. */
export function helperTrouble(facts: Facts): Partial<Obstacle> {
  for (const name of HELPERS) {
    const path = findProgram(name);
    if (path === undefined) continue;
    if (isNosuid(path)) return nosuid(path);
    const { mode, uid } = statSync(path);
    if ((mode & SETUID) === 0) {
      return {
        blocker: `${path} is not setuid root, and has no file capabilities that work`,
        fix: `sudo chmod u+s ${path}`,
      };
    }
    if (uid !== 0 && facts.isInitialUserNamespace) {
      const fix = `sudo chown root ${path} && sudo chmod u+s ${path}`;
      return { blocker: `${path} does not belong to root`, fix };
    }
  }
  return { blocker: 'newuidmap or newgidmap refused', fix: 'newuidmap $PID 0 100000 1 says more' };
}

function nosuid(path: string): Partial<Obstacle> {
  return {
    blocker: `${path} lies on a file system mounted nosuid`,
    fix: `sudo mount -o remount,suid "$(findmnt -no TARGET -T ${path})"`,
  };
}

const ST_NOSUID = 2;

/** f_flags of struct statfs: its eleventh word. */
function isNosuid(path: string): boolean {
  const words = new BigUint64Array(16);
  if (tryCall('statfs', cString(path), words) < 0) return false;
  return ((words[10] ?? 0n) & BigInt(ST_NOSUID)) !== 0n;
}
