/** Puts a state directory in order after whatever was killed. The caller holds the change lock. */
import { readFileSync, rmSync, statSync } from 'node:fs';
import { runProgramAsync } from '../native/index.js';
import { findBase } from './base.js';
import { cleanForwards, endForwardsOf } from './forward-records.js';
import { killInit } from './init.js';
import { unpinProgram } from './named.js';
import type { LockHolder } from './pause.js';
import { listFolder, recordedNames, removeFiles } from './record.js';
import type { StateDirectory } from './state-directory.js';
import { cleanUplinkFiles } from './uplink-files.js';

/**
 * Removes what belongs to no whole name: half-made names, files of names whose pins are gone (the
 * pause process died), placeholders that nothing is mounted on, programs that enter nothing.
 */
export async function cleanUp(state: StateDirectory): Promise<void> {
  cleanForwards(state);
  cleanUplinkFiles(state);
  const { whole, halfMade } = recordedNames(state);
  for (const name of halfMade) await undoMaking(state, name);
  const { pinned, empty } = pinsNow(state);
  for (const name of whole) {
    if (!pinned.has(name)) await undoMaking(state, name);
  }
  for (const name of empty) await unpin(state, name);
  for (const file of listFolder(state.programs)) {
    if (!pinned.has(file)) rmSync(`${state.programs}/${file}`, { force: true });
  }
}

/** Takes away all there is of a name, in whatever state it is. */
export async function undoMaking(state: StateDirectory, name: string): Promise<void> {
  await endForwardsOf(state, name);
  await killInit(state, name);
  await unpin(state, name);
  removeFiles(state, name);
}

async function unpin(state: StateDirectory, name: string): Promise<void> {
  using base = findBase(state);
  if (base === undefined) return;
  await runProgramAsync(unpinProgram(state, name), { in: 'child' });
}

function pinsNow(state: StateDirectory): NetPins {
  using base = findBase(state);
  return base === undefined ? { pinned: new Map(), empty: [] } : netPins(state, base);
}

export interface NetPins {
  /** Names whose network namespace is pinned, the truth about what exists, and its inode. */
  readonly pinned: ReadonlyMap<string, number>;
  /** Placeholders that nothing is mounted on. */
  readonly empty: readonly string[];
}

export function netPins(state: StateDirectory, base: LockHolder): NetPins {
  const folder = base.path(`root${state.pins}/net`);
  const mounted = mountedNamespaces(base, folder);
  const pinned = new Map<string, number>();
  const empty: string[] = [];
  for (const name of listFolder(folder)) {
    const inode = mounted.get(name) ?? namespaceInode(`${folder}/${name}`);
    if (inode === undefined) empty.push(name);
    else pinned.set(name, inode);
  }
  return { pinned, empty };
}

/**
 * Network namespaces mounted in this folder, from proc_pid_mountinfo(5): one read, where a call for
 * each of many names takes twice as long (measured).
 */
function mountedNamespaces(base: LockHolder, folder: string): Map<string, number> {
  const { dev } = statSync(folder, { throwIfNoEntry: false }) ?? { dev: 0 };
  const device = `0:${(dev & 0xff) | ((dev >>> 12) & 0xfff00)}`;
  const folderMounts = new Set<string>();
  const found = new Map<string, number>();
  // A mount comes after what it is mounted on.
  for (const line of mountsOf(base)) {
    const [id = '', parent = '', on, root = '', point = ''] = line.split(' ', 5);
    const [, inode] = /^net:\[(\d+)\]$/.exec(root) ?? [];
    if (on === device) folderMounts.add(id);
    if (inode === undefined || !folderMounts.has(parent)) continue;
    found.set(point.slice(point.lastIndexOf('/') + 1), Number(inode));
  }
  return found;
}

/** Nothing, once the process has ended. */
function mountsOf(base: LockHolder): string[] {
  try {
    return readFileSync(base.path('mountinfo'), 'latin1').split('\n');
  } catch {
    return [];
  }
}

let nsfsDevice: number | undefined;

/** Of a namespace that is bound to this path. */
export function namespaceInode(path: string): number | undefined {
  nsfsDevice ??= statSync('/proc/self/ns/net').dev;
  try {
    const { dev, ino } = statSync(path);
    return dev === nsfsDevice ? ino : undefined;
  } catch {
    return undefined;
  }
}
