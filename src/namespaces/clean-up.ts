/** Puts a state directory in order after whatever was killed. The caller holds the change lock. */
import { rmSync, statfsSync } from 'node:fs';
import { kernel, runProgramAsync } from '../native/index.js';
import { findBase } from './base.js';
import { killInit } from './init.js';
import { unpinProgram } from './named.js';
import { listFolder, recordedNames, removeFiles } from './record.js';
import type { StateDirectory } from './state-directory.js';

/**
 * Removes what belongs to no whole name: half-made names, files of names whose pins are gone (the
 * pause process died), placeholders that nothing is mounted on, half-written files.
 */
export async function cleanUp(state: StateDirectory): Promise<void> {
  const { whole, halfMade } = recordedNames(state);
  for (const name of halfMade) await undoMaking(state, name);
  const pinned = new Set(pinnedNames(state));
  for (const name of whole) {
    if (!pinned.has(name)) await undoMaking(state, name);
  }
  for (const name of emptyPlaceholders(state)) await unpin(state, name);
  for (const file of listFolder(state.programs)) {
    if (file.endsWith('.new')) rmSync(`${state.programs}/${file}`, { force: true });
  }
}

/** Takes away all there is of a name, in whatever state it is. */
export async function undoMaking(state: StateDirectory, name: string): Promise<void> {
  await killInit(state, name);
  await unpin(state, name);
  removeFiles(state, name);
}

async function unpin(state: StateDirectory, name: string): Promise<void> {
  using base = findBase(state);
  if (base === undefined) return;
  await runProgramAsync(unpinProgram(state, name), { in: 'child' });
}

/** Names whose network namespace is pinned: the truth about what exists. */
export function pinnedNames(state: StateDirectory): string[] {
  return pinFolder(state, (isPinned) => isPinned);
}

function emptyPlaceholders(state: StateDirectory): string[] {
  return pinFolder(state, (isPinned) => !isPinned);
}

function pinFolder(state: StateDirectory, wanted: (isPinned: boolean) => boolean): string[] {
  using base = findBase(state);
  if (base === undefined) return [];
  const folder = base.path(`root${state.pins}/net`);
  return listFolder(folder).filter((name) => wanted(isNamespaceFile(`${folder}/${name}`)));
}

export function isNamespaceFile(path: string): boolean {
  try {
    return statfsSync(path).type === kernel.NSFS_MAGIC;
  } catch {
    return false;
  }
}
