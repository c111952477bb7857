/** What names there are, and where one leads. The pins are the truth; records add to it. */
import { existsSync } from 'node:fs';
import { NskitError } from '../errors/index.js';
import { findBase } from './base.js';
import { namespaceInode, netPins } from './clean-up.js';
import { makingPath, readRecord, recordedNames, type NameRecord } from './record.js';
import type { LockHolder } from './pause.js';
import { stateDirectory, type StateDirectory } from './state-directory.js';
import { nearest } from './nearest.js';

export interface NamedEntry extends FoundName {
  readonly name: string;
  /** Milliseconds since the epoch; undefined for one that stock `ip netns add` made. */
  readonly created: number | undefined;
}

/** The user's own names, sorted. */
export function listNames(state: StateDirectory = stateDirectory()): NamedEntry[] {
  using base = findBase(state);
  if (base === undefined) return [];
  const halfMade = new Set(recordedNames(state).halfMade);
  const entries: NamedEntry[] = [];
  for (const [name, inode] of netPins(state, base).pinned) {
    if (halfMade.has(name)) continue;
    const record = readRecord(state, name);
    const found = { record: record ?? foreignRecord(name), inode };
    entries.push({
      name,
      created: record?.created,
      ...found,
      ...pathsOf(state, base, found.record),
    });
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A pin without a record: made by stock `ip netns add` in `nskit shell`. */
export function foreignRecord(name: string): NameRecord {
  const owner = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  return { name, created: 0, kinds: [], isolated: false, files: false, owner };
}

export interface FoundName {
  readonly record: NameRecord;
  /** Of the network namespace. */
  readonly inode: number;
  /** Where other tools can open it while the pause process lives. */
  readonly path: string;
  readonly userPath: string;
}

/** Throws ERR_NAME_UNKNOWN. */
export function findNamed(name: string): FoundName {
  const found = findOwnName(name);
  if (found === undefined) throw unknownName(name);
  return found;
}

/** One of the user's own: pinned, and not still being made. */
export function findOwnName(name: string): FoundName | undefined {
  const state = stateDirectory();
  using base = findBase(state);
  if (base === undefined) return undefined;
  const inode = namespaceInode(base.path(`root${state.pin('net', name)}`));
  if (inode === undefined || existsSync(makingPath(state, name))) return undefined;
  const record = readRecord(state, name) ?? foreignRecord(name);
  return { record, inode, ...pathsOf(state, base, record) };
}

function pathsOf(
  state: StateDirectory,
  base: LockHolder,
  { name, kinds }: NameRecord,
): Pick<FoundName, 'path' | 'userPath'> {
  const process = `/proc/${base.pid}`;
  return {
    path: `${process}/root${state.pin('net', name)}`,
    userPath: kinds.includes('user')
      ? `${process}/root${state.pin('user', name)}`
      : `${process}/ns/user`,
  };
}

export function unknownName(name: string): NskitError {
  const state = stateDirectory();
  const names = recordedNames(state).whole;
  const close = nearest(name, names);
  return new NskitError('ERR_NAME_UNKNOWN', `there is no namespace ${name}`, {
    hint:
      close === undefined
        ? `"nskit add ${name}" makes it; "nskit list" shows what there is`
        : `did you mean ${close}?`,
  });
}
