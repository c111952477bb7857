/**
 * What a mount sequence is made of: mount(2), umount2(2), and the folders, links and changes of
 * directory between them. Paths are followed through no symbolic link unless a step allows it.
 */
import { NskitError } from '../../errors/index.js';
import { kernel } from '../../native/index.js';

/** MS_* of mount(2), in small letters. */
export const mountFlags = {
  bind: kernel.MS_BIND,
  dirsync: kernel.MS_DIRSYNC,
  lazytime: kernel.MS_LAZYTIME,
  move: kernel.MS_MOVE,
  noatime: kernel.MS_NOATIME,
  nodev: kernel.MS_NODEV,
  noexec: kernel.MS_NOEXEC,
  nosuid: kernel.MS_NOSUID,
  private: kernel.MS_PRIVATE,
  rdonly: kernel.MS_RDONLY,
  rec: kernel.MS_REC,
  relatime: kernel.MS_RELATIME,
  remount: kernel.MS_REMOUNT,
  shared: kernel.MS_SHARED,
  silent: kernel.MS_SILENT,
  slave: kernel.MS_SLAVE,
  strictatime: kernel.MS_STRICTATIME,
  synchronous: kernel.MS_SYNCHRONOUS,
  unbindable: kernel.MS_UNBINDABLE,
} as const;

/** Flags of umount2(2). */
export const unmountFlags = {
  force: kernel.MNT_FORCE,
  detach: kernel.MNT_DETACH,
  expire: kernel.MNT_EXPIRE,
  nofollow: kernel.UMOUNT_NOFOLLOW,
} as const;

/** By name, or as the kernel's own bits. */
export type MountFlag = keyof typeof mountFlags | number;
export type UnmountFlag = keyof typeof unmountFlags | number;

interface Common {
  /** The path may lead through symbolic links; otherwise one is ELOOP. */
  readonly followLinks?: boolean | undefined;
}

export interface MountOn extends Common {
  /** Where: a directory or a file. */
  readonly mount: string;
  /** What; by default `none`. Of a bind or a move, a path. */
  readonly source?: string | undefined;
  /** The same for the source, when it is a path; said or not, a path is checked. */
  readonly followSourceLinks?: boolean | undefined;
  readonly type?: string | undefined;
  readonly flags?: readonly MountFlag[] | undefined;
  /** The file system's own options. */
  readonly data?: string | undefined;
  /** Makes an empty one (0700, 0600) where nothing is. */
  readonly make?: 'directory' | 'file' | undefined;
  /** With `make`: something that is there already is EEXIST. */
  readonly mustBeNew?: boolean | undefined;
  /** Once more with the same flags: only so does a bind become read-only. */
  readonly remount?: boolean | undefined;
}

export interface MakeDirectory extends Common {
  readonly makeDirectory: string;
  /** Exactly, whatever the umask; 0700 when not said. */
  readonly mode?: number | undefined;
  /** No error if it is there. */
  readonly mayExist?: boolean | undefined;
}

export interface Unmount extends Common {
  readonly unmount: string;
  readonly flags?: readonly UnmountFlag[] | undefined;
}

export interface MakeLink extends Common {
  readonly symlink: string;
  /** The text of the link. */
  readonly to: string;
}

/** For the relative paths of the steps after it; the caller stays where it is. */
export interface ChangeDirectory extends Common {
  readonly changeDirectory: string;
}

/** Waits until everything is on its disk: sync(2). */
export interface SyncDisks {
  readonly sync: true;
}

export type MountStep = MountOn | MakeDirectory | Unmount | MakeLink | ChangeDirectory | SyncDisks;

/** Throws ERR_USAGE for a name that there is not. */
export function bitsOf<T extends string>(
  names: Readonly<Record<T, number>>,
  flags: readonly (T | number)[],
): number {
  return flags.reduce<number>((bits, flag) => {
    if (typeof flag === 'number') return (bits | flag) >>> 0;
    if (Object.hasOwn(names, flag)) return (bits | names[flag]) >>> 0;
    const hint = `there are ${Object.keys(names).join(', ')}`;
    throw new NskitError('ERR_USAGE', `${JSON.stringify(flag)} is no such flag`, { hint });
  }, 0);
}
