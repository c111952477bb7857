/**
 * The program behind `nskit shell` without a name: the base namespaces themselves, where stock
 * `ip netns` finds the user's names in /run/netns.
 */
import { existsSync, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import {
  attachMount,
  close,
  cloneMount,
  createFile,
  execute,
  forgiving,
  kernel,
  mkdir,
  mount,
  open,
  setns,
  step,
  symlink,
  type Program,
  type Step,
} from '../native/index.js';
import { ensureBase } from './base.js';
import { changing } from './change-lock.js';
import { assemble } from './id-map.js';
import { freshSysfs, joinAll, privateMounts } from './join.js';
import { cloneFlags } from './kinds.js';
import type { StateDirectory } from './state-directory.js';
import { SYSTEM_NET_FOLDER, baseTarget } from './target.js';

/** Starts the base namespaces when there are none. */
export async function ensureUsersBase(state: StateDirectory): Promise<void> {
  await changing(state, async () => {
    using _base = await ensureBase(state);
  });
}

export function baseShellProgram(state: StateDirectory): Program {
  const target = baseTarget(state, ['user', 'net', 'mnt']);
  const [user, net, mnt] = target.namespaces;
  if (user === undefined || net === undefined || mnt === undefined) return [];
  const sysfs = freshSysfs();
  return assemble(
    [
      ...target.open,
      ...joinAll([user, net]),
      ...privateMounts(),
      ...sysfs.apply,
      ...showPins(state, mnt.file),
      execute(),
    ],
    sysfs.aside,
  );
}

/**
 * The pins become /run/netns. A copy of their mount can be made only inside the base's own mount
 * namespace; going there and back loses the working directory and the root, which are kept as fds.
 */
function showPins(state: StateDirectory, base: Step | number): Program {
  const flags = kernel.O_PATH | kernel.O_DIRECTORY;
  const ours = open('keep our mount namespace', '/proc/self/ns/mnt');
  const root = open('keep the root folder', '/', { flags });
  const folder = open('keep the working folder', '.', { flags });
  const tree = cloneMount('copy the pins of network namespaces', join(state.pins, 'net'));
  return [
    ours,
    root,
    forgiving(folder),
    setns('visit the base mount namespace', base, cloneFlags.mnt),
    tree,
    setns('come back to our mount namespace', ours, cloneFlags.mnt),
    step('come back to our root', 'fchdir', [root]),
    step('come back to our root', 'chroot', ['.']),
    ...(existsSync(SYSTEM_NET_FOLDER) ? [] : runWithNetns()),
    attachMount('show the names in /run/netns', tree, SYSTEM_NET_FOLDER),
    forgiving(step('come back to the working folder', 'fchdir', [folder])),
  ];
}

/** The host has no /run/netns and /run is root's: the same /run again, on a tmpfs with the folder. */
function runWithNetns(): Program {
  const copies = readdirSync('/run').map((name) => copyEntry(`/run/${name}`));
  return [
    ...copies.map(({ keep }) => keep).flat(),
    mount('lay a tmpfs over /run', '/run', {
      source: 'nskit',
      type: 'tmpfs',
      flags: kernel.MS_NOSUID | kernel.MS_NODEV,
      data: 'mode=0755',
    }),
    ...copies.flatMap(({ restore }) => restore),
    mkdir(SYSTEM_NET_FOLDER),
  ];
}

interface Copied {
  readonly keep: Program;
  readonly restore: Program;
}

/** Entries that cannot be copied (gone meanwhile, not ours to see) are left out. */
function copyEntry(path: string): Copied {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return { keep: [], restore: [] };
  if (stat.isSymbolicLink()) return { keep: [], restore: [symlink(readlinkSync(path), path)] };
  const tree = forgiving(cloneMount(`keep ${path}`, path));
  const placeholder = stat.isDirectory() ? [mkdir(path)] : emptyFile(path);
  return {
    keep: [tree],
    restore: [...placeholder, forgiving(attachMount(`put back ${path}`, tree, path))],
  };
}

function emptyFile(path: string): Program {
  const made = createFile(`make ${path}`, path);
  return [made, close(`make ${path}`, made)];
}
