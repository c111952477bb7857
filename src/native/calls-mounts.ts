/** Steps about mounts. Like mount(8), umount(8) and the newer calls behind them. */
import {
  AT_FDCWD,
  AT_RECURSIVE,
  MNT_DETACH,
  MS_BIND,
  MS_PRIVATE,
  MS_REC,
  MS_SHARED,
  MS_SLAVE,
  MOVE_MOUNT_F_EMPTY_PATH,
  OPEN_TREE_CLOEXEC,
  OPEN_TREE_CLONE,
} from './constants.js';
import { step, type Step } from './step.js';

export interface MountOptions {
  readonly source?: string;
  readonly type?: string;
  readonly flags?: number;
  readonly data?: string;
}

export function mount(sentence: string, target: string, options: MountOptions = {}): Step {
  const { source = 'none', type = 'none', flags = 0, data } = options;
  return step(sentence, 'mount', [source, target, type, flags, data ?? 0], { path: target });
}

export function bindMount(source: string, target: string, recursive = false): Step {
  const flags = recursive ? MS_BIND | MS_REC : MS_BIND;
  return mount(`bind ${source} to ${target}`, target, { source, flags });
}

export const propagations = {
  shared: MS_SHARED,
  slave: MS_SLAVE,
  private: MS_PRIVATE,
} as const;

export type Propagation = keyof typeof propagations;

/** Like `mount --make-rslave TARGET`. */
export function setPropagation(target: string, kind: Propagation, recursive = true): Step {
  const flags = propagations[kind] | (recursive ? MS_REC : 0);
  return mount(`make the mounts under ${target} ${kind}`, target, { flags });
}

export function unmount(target: string, flags = MNT_DETACH): Step {
  return step(`unmount ${target}`, 'umount2', [target, flags], { path: target });
}

/** A detached copy of a mount (and those below it), as an fd: open_tree(2). */
export function cloneMount(sentence: string, path: string, at: Step | number = AT_FDCWD): Step {
  const flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE;
  return step(sentence, 'open_tree', [at, path, flags], { path, opens: true });
}

/** Attaches what cloneMount made: move_mount(2). */
export function attachMount(sentence: string, mounted: Step | number, target: string): Step {
  const args = [mounted, '', AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH];
  return step(sentence, 'move_mount', args, { path: target });
}
