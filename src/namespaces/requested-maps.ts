/**
 * From what a user asks for (this id inside is mine, those ranges beside it) to id maps, and to
 * whoever may write them: the process itself, newuidmap(1), or a helper with the right to.
 */
import { readFileSync } from 'node:fs';
import { NskitError } from '../errors/index.js';
import { mayMapAnyIds } from './credentials.js';
import type { IdMap, IdRange, MapSteps } from './id-map.js';
import { writtenByHelper, writtenBySelf, writtenByTools } from './map-writers.js';
import { subordinateIds, type SubordinateRange } from './subids.js';

/** `auto`: the first subordinate range, from 0 on. `all`: every id there is, as itself. */
export type RequestedRange = IdRange | 'auto' | 'all';

export interface RequestedIds {
  /** The caller's own id is this one inside. */
  readonly own?: number | undefined;
  readonly ranges?: readonly RequestedRange[];
}

/** Without any id, whoever looks from inside is `nobody`. */
export interface RequestedMaps {
  readonly users?: RequestedIds;
  readonly groups?: RequestedIds;
  readonly setgroups?: 'allow' | 'deny' | undefined;
}

/** What a request is about, as the system has it. */
export interface IdSource {
  /** Our own id. */
  readonly own: number;
  readonly subordinate: readonly SubordinateRange[];
  /** The text of /proc/self/uid_map or gid_map. */
  readonly visible: string;
}

/** Throws ERR_NO_SUBORDINATE_IDS when `auto` finds none. */
export function resolveIds(request: RequestedIds, source: IdSource): IdMap {
  const ranges = (request.ranges ?? []).flatMap((range) => {
    if (range === 'auto') return [firstSubordinate(source.subordinate)];
    return range === 'all' ? visibleIds(source.visible) : [range];
  });
  if (request.own === undefined) return ranges;
  const own = { inside: request.own, outside: source.own, count: 1 };
  return byInside([own, ...ranges.flatMap((range) => makeRoom(range, own))]);
}

function firstSubordinate([first]: readonly SubordinateRange[]): IdRange {
  if (first !== undefined) return { inside: 0, outside: first.start, count: first.count };
  throw new NskitError('ERR_NO_SUBORDINATE_IDS', 'there are no subordinate ids for this user', {
    hint: 'as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER',
  });
}

function visibleIds(text: string): IdRange[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [inside = 0, , count = 0] = line.trim().split(/\s+/).map(Number);
      return { inside, outside: inside, count };
    });
}

/**
 * A range without the ids that `own` takes. Inside there is a hole; outside the ids go on without
 * one, so that the last id inside may find none (as unshare(1) has it) -- unless our own id is
 * among them, which cannot be mapped twice.
 */
function makeRoom(range: IdRange, own: IdRange): IdRange[] {
  return withoutOutside(range, own.outside).flatMap((part) => {
    const at = own.inside - part.inside;
    if (at < 0 || at >= part.count) return [part];
    const before = { ...part, count: at };
    const after = {
      inside: own.inside + 1,
      outside: part.outside + at,
      count: part.count - at - 1,
    };
    return [before, after].filter(({ count }) => count > 0);
  });
}

function withoutOutside(range: IdRange, id: number): IdRange[] {
  const at = id - range.outside;
  if (at < 0 || at >= range.count) return [range];
  const before = { ...range, count: at };
  const skip = at + 1;
  const after = {
    inside: range.inside + skip,
    outside: range.outside + skip,
    count: range.count - skip,
  };
  return [before, after].filter(({ count }) => count > 0);
}

function byInside(map: IdMap): IdMap {
  return [...map].sort((a, b) => a.inside - b.inside);
}

/** Throws ERR_NO_SUBORDINATE_IDS. */
function resolveBoth({ users = {}, groups = {} }: RequestedMaps): { uid: IdMap; gid: IdMap } {
  const { uid: ofUsers, gid: ofGroups } = subordinateIds();
  const visible = (kind: 'uid' | 'gid'): string => readFileSync(`/proc/self/${kind}_map`, 'utf8');
  const uids = { own: process.geteuid?.() ?? 0, subordinate: ofUsers, visible: visible('uid') };
  const gids = { own: process.getegid?.() ?? 0, subordinate: ofGroups, visible: visible('gid') };
  return { uid: resolveIds(users, uids), gid: resolveIds(groups, gids) };
}

/** The steps for before and after the user namespace is made. Throws ERR_USAGE, ERR_ID_MAP. */
export function requestedMapSteps(request: RequestedMaps): MapSteps {
  const { users, groups, setgroups } = request;
  const { uid, gid } = resolveBoth(request);
  const isOwnOnly = [users, groups].every((ids) => (ids?.ranges ?? []).length === 0);
  const wantsSetgroups = setgroups === 'allow' && gid.length > 0;
  if (isOwnOnly && !wantsSetgroups) {
    return writtenBySelf({ uid, gid, deny: setgroups === 'deny' || gid.length > 0 });
  }
  const maps = { uid, gid, deny: setgroups === 'deny' };
  if (mayMapAnyIds()) return writtenByHelper(maps);
  if (isOwnOnly) {
    throw new NskitError('ERR_USAGE', 'setgroups cannot be allowed with only one group mapped', {
      hint: 'only root may; with --map-auto there are groups to set, and it is allowed anyway',
    });
  }
  return writtenByTools(maps);
}
