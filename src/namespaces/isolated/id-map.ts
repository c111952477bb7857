/**
 * The ids of an isolated namespace: 0 inside is the first subordinate id, and the rest follow. The
 * user's own id is not among them, so nothing inside is the user in anybody's eyes.
 */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { NskitError } from '../../errors/index.js';
import { findBase } from '../base.js';
import type { IdMap, IdMaps } from '../id-map.js';
import type { LockHolder } from '../pause.js';
import type { StateDirectory } from '../state-directory.js';
import { hasMapHelpers, mayUseMapHelpers, rootMaps, subordinateIds } from '../subids.js';

/** Before a base is started in vain. Throws ERR_NO_SUBORDINATE_IDS. */
export function checkSubordinateIds(state: StateDirectory): void {
  using base = findBase(state);
  if (base !== undefined) isolatedMaps(base);
  else if (rootMaps().by === 'self') throw noSubordinateIds();
}

/** What the base maps beside the user itself, seen from the base. Throws ERR_NO_SUBORDINATE_IDS. */
export function isolatedMaps(base: LockHolder): IdMaps {
  const [uid, gid] = ['uid_map', 'gid_map'].map((file) =>
    idsBelow(readFileSync(base.path(file), 'utf8')),
  ) as [IdMap, IdMap];
  if (uid.length === 0 || gid.length === 0) throw noSubordinateIds(base.pid);
  return { uid, gid, setgroups: 'allow', by: 'self' };
}

/** A range each, because the kernel refuses one that spans two ranges of the parent. */
export function idsBelow(baseMap: string): IdMap {
  let inside = 0;
  return baseMap.split('\n').flatMap((line) => {
    const [outside = 0, , count = 0] = line.trim().split(/\s+/).map(Number);
    // Id 0 of the base is the user.
    if (count === 0 || outside === 0) return [];
    const range = { inside, outside, count };
    inside += count;
    return [range];
  });
}

function noSubordinateIds(pausePid?: number): NskitError {
  const [why, hint] = reason(pausePid);
  return new NskitError('ERR_NO_SUBORDINATE_IDS', `cannot isolate: ${why}`, { hint });
}

function reason(pausePid: number | undefined): [why: string, hint: string] {
  const ids = subordinateIds();
  const user = userName();
  if (ids.uid.length === 0 || ids.gid.length === 0) {
    const fix = 'sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535';
    return [`${user} has no subordinate ids in /etc/subuid and /etc/subgid`, `${fix} ${user}`];
  }
  if (!hasMapHelpers()) {
    return ['newuidmap and newgidmap are not installed', 'sudo apt-get install uidmap'];
  }
  if (!mayUseMapHelpers()) {
    return [
      'newuidmap gets no privilege here (no_new_privs)',
      'run nskit outside of this sandbox; "nskit doctor" says more',
    ];
  }
  return [
    'the base namespaces have one id only; they were started when there were no subordinate ids, or newuidmap refused them',
    `delete all names and end the pause process (kill ${pausePid ?? ''}): the next add starts it afresh`,
  ];
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? ''}`;
  }
}
