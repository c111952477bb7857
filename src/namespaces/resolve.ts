/**
 * What a name given by a user means: the user's own first, then one that root made; `system:NAME`
 * is always root's. Root of the machine has only system names.
 */
import { processesInNamespace } from './processes.js';
import { initPid } from './init.js';
import { findOwnName, listNames, unknownName, type FoundName } from './list.js';
import { checkName } from './name.js';
import { readRecord, type NameRecord } from './record.js';
import {
  SYSTEM_STATE_DIRECTORY,
  StateDirectory,
  isRealRoot,
  stateDirectory,
} from './state-directory.js';
import {
  SYSTEM_PREFIX,
  findSystemName,
  systemNames,
  systemRecord,
  type SystemName,
} from './system-names.js';

export interface ResolvedName {
  readonly name: string;
  /** Made by root, in /run/netns. */
  readonly system: boolean;
  readonly state: StateDirectory;
  readonly record: NameRecord;
  /** Milliseconds since the epoch, when it is known. */
  readonly created: number | undefined;
  /** Of the network namespace. */
  readonly inode: number;
  /** Where other tools can open the network namespace, and the user namespace that owns it. */
  readonly path: string;
  readonly userPath: string | undefined;
}

/** Throws ERR_NAME_UNKNOWN, ERR_NAME_INVALID. */
export function resolveName(text: string): ResolvedName {
  const forced = text.startsWith(SYSTEM_PREFIX);
  const name = checkName(forced ? text.slice(SYSTEM_PREFIX.length) : text);
  const own = forced || isRealRoot() ? undefined : findOwnName(name);
  if (own !== undefined) return resolvedOwnName(name, own);
  const system = findSystemName(name);
  if (system === undefined) throw unknownName(text);
  return resolvedSystemName(system);
}

function resolvedOwnName(name: string, found: FoundName): ResolvedName {
  const { record, inode, path, userPath } = found;
  const created = record.created === 0 ? undefined : record.created;
  return { name, system: false, state: stateDirectory(), record, created, inode, path, userPath };
}

function resolvedSystemName(found: SystemName): ResolvedName {
  const state = new StateDirectory(SYSTEM_STATE_DIRECTORY);
  const created = readRecord(state, found.name)?.created;
  const { name, inode, path, userPath } = found;
  return { name, system: true, state, record: systemRecord(found), created, inode, path, userPath };
}

/** Every name the caller can use, its own first. */
export function resolvedNames(): ResolvedName[] {
  const state = stateDirectory();
  const own = isRealRoot() ? [] : listNames(state);
  return [
    ...own.map((found) => ({ ...found, system: false, state })),
    ...systemNames().map(resolvedSystemName),
  ];
}

/** The pids of a name's processes that can be seen, without its init process. */
export function processesOf({ state, name, inode, system }: ResolvedName): number[] {
  const init = system ? undefined : initPid(state, name);
  return processesInNamespace(inode).filter((pid) => pid !== init);
}
