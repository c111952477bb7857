/** What names there are, and where one leads. The pins are the truth; records add to it. */
import { statSync } from 'node:fs';
import { NskitError } from '../errors/index.js';
import { findBase } from './base.js';
import { isNamespaceFile } from './clean-up.js';
import { listFolder, readRecord, recordedNames, type NameRecord } from './record.js';
import { stateDirectory, type StateDirectory } from './state-directory.js';
import { nearest } from './nearest.js';

export interface NamedEntry {
  readonly name: string;
  /** Milliseconds since the epoch; undefined for one that stock `ip netns add` made. */
  readonly created: number | undefined;
  readonly record: NameRecord;
}

/** The user's own names, sorted. */
export function listNames(state: StateDirectory = stateDirectory()): NamedEntry[] {
  using base = findBase(state);
  if (base === undefined) return [];
  const folder = base.path(`root${state.pins}/net`);
  const halfMade = new Set(recordedNames(state).halfMade);
  return listFolder(folder)
    .filter((name) => !halfMade.has(name) && isNamespaceFile(`${folder}/${name}`))
    .sort()
    .map((name) => {
      const record = readRecord(state, name);
      return { name, created: record?.created, record: record ?? foreignRecord(name) };
    });
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
  const state = stateDirectory();
  using base = findBase(state);
  if (base === undefined) throw unknownName(name);
  const pin = `root${state.pin('net', name)}`;
  if (!isNamespaceFile(base.path(pin))) throw unknownName(name);
  const record = readRecord(state, name) ?? foreignRecord(name);
  const process = `/proc/${base.pid}`;
  return {
    record,
    inode: statSync(base.path(pin)).ino,
    path: `${process}/${pin}`,
    userPath: record.kinds.includes('user')
      ? `${process}/root${state.pin('user', name)}`
      : `${process}/ns/user`,
  };
}

export function isOwnName(name: string): boolean {
  const state = stateDirectory();
  using base = findBase(state);
  return base !== undefined && isNamespaceFile(base.path(`root${state.pin('net', name)}`));
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
