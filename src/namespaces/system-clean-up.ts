/** Puts root's state directory in order after whatever was killed. The caller holds the change lock. */
import { join } from 'node:path';
import { kernel } from '../native/index.js';
import { recordedNames, removeFiles } from './record.js';
import type { StateDirectory } from './state-directory.js';
import { deleteSystemName, findSystemName, networkOwner } from './system-names.js';
import { SYSTEM_NET_FOLDER, SYSTEM_USER_FOLDER } from './target.js';

/** Removes half-made names, and what `ip netns delete`, which knows only /run/netns, has left. */
export async function cleanUpSystem(state: StateDirectory): Promise<void> {
  const { whole, halfMade } = recordedNames(state);
  const widowed = whole.filter((name) => findSystemName(name)?.userPath === undefined);
  for (const name of [...halfMade, ...widowed]) await undoSystemName(state, name);
}

/** Takes away what nskit made; what `ip netns add` has made under this name since stays. */
export async function undoSystemName(state: StateDirectory, name: string): Promise<void> {
  const owner = networkOwner(join(SYSTEM_NET_FOLDER, name));
  const isStock = owner === kernel.INITIAL_USER_NAMESPACE_INODE;
  const ours = isStock ? [SYSTEM_USER_FOLDER] : [SYSTEM_NET_FOLDER, SYSTEM_USER_FOLDER];
  await deleteSystemName(name, ours);
  removeFiles(state, name);
}
