/**
 * A file as it was at one time, to be told from whatever has its path later. To look needs no right to
 * read it, so a process that may touch no files can follow one.
 */
import { statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { recordPath } from './record.js';
import type { ResolvedName } from './resolve.js';
import { SYSTEM_NET_FOLDER } from './target.js';

export interface FileMark {
  readonly path: string;
  readonly inode: number;
  /** Where inode numbers are soon used again; a namespace's has one number and no fixed time. */
  readonly mtimeMs?: number;
}

/**
 * The file that goes with a name: its record, or the pin of one that root made. Undefined: it has
 * none that shows outside (stock `ip netns add` in `nskit shell`), or it has just gone.
 */
export function markOfName({ name, system, state, inode }: ResolvedName): FileMark | undefined {
  if (system) return { path: `${SYSTEM_NET_FOLDER}/${name}`, inode };
  const path = recordPath(state, name);
  const found = statSync(path, { throwIfNoEntry: false });
  return found && { path, inode: found.ino, mtimeMs: found.mtimeMs };
}

export function isGone({ path, inode, mtimeMs }: FileMark): boolean {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found?.ino !== inode || (mtimeMs !== undefined && found.mtimeMs !== mtimeMs);
  } catch {
    // Out of sight, not gone: the namespace of a process that is not ours to look at.
    return false;
  }
}

/** Settles when it is gone, or when aborted. */
export async function untilGone(mark: FileMark, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = (): void => {
      watcher.close();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const watcher = watch(dirname(mark.path), () => isGone(mark) && end());
    signal.addEventListener('abort', end);
    // What happened before we watched.
    if (signal.aborted || isGone(mark)) end();
  });
}
