/** The way into a name for programs that a running Node starts: as `nskit exec` enters it. */
import { etcFoldersOf } from './entering.js';
import { etcSteps } from './etc-files.js';
import { joinAll, viewOf } from './join.js';
import type { NameRecord } from './record.js';
import { launcherPath } from '../native/index.js';
import type { Way } from './spawn.js';
import type { StateDirectory } from './state-directory.js';
import { targetOf } from './target.js';

export function wayInto(state: StateDirectory, record: NameRecord): Way {
  const target = targetOf(state, record);
  const etc = etcSteps(etcFoldersOf(state, record));
  const entersPid = record.kinds.includes('pid');
  return {
    enter: [...target.open, ...joinAll(target.namespaces)],
    ...viewOf({ pid: entersPid, over: etc.apply }),
    entersPid,
    needsOwnMemory: false,
  };
}

/** A program to start and the way to it. */
export interface Start {
  readonly way: Way;
  readonly argv: readonly string[];
}

/**
 * Into an isolated name only the launcher goes: the steps there change credentials, which a child
 * that shares our memory must not.
 */
export function startInside(
  state: StateDirectory,
  record: NameRecord,
  argv: readonly string[],
): Start {
  if (!record.isolated) return { way: wayInto(state, record), argv };
  const way = { enter: [], entersPid: false, needsOwnMemory: false };
  return { way, argv: [launcherPath(), 'exec', record.name, '--', ...argv] };
}
