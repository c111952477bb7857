/**
 * Tells when anything changes on the way to a file: in one of the folders through which its path
 * leads, or in the file. inotify(7) watches what a name stands for, not the name, so the folders
 * are gone through again after each change, and those that have become others are watched anew.
 */
import { statSync, watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { pathSteps, type PathStep } from './path-steps.js';

interface Watched {
  /** Device and inode: another folder may have taken the name. */
  readonly identity: string;
  readonly watcher: FSWatcher;
  /** Of a folder: the names in it that lead on. */
  names: ReadonlySet<string> | undefined;
}

export class WatchedPath implements Disposable {
  readonly #path: string;
  readonly #onEvent: () => void;
  readonly #watched = new Map<string, Watched>();

  constructor(path: string, onEvent: () => void) {
    this.#path = path;
    this.#onEvent = onEvent;
  }

  /**
   * Follows the path as it leads now. What was read after this is what the next event is about.
   * Throws when something cannot be watched (ENOSPC: max_user_watches, EMFILE, EACCES).
   */
  renew(): void {
    // A second look, because a folder may have been replaced before it was watched.
    for (let looks = 0, isSettled = false; looks < 3 && !isSettled; looks++) {
      const before = JSON.stringify(pathSteps(this.#path));
      this.#watchAll(pathSteps(this.#path));
      isSettled = JSON.stringify(pathSteps(this.#path)) === before;
    }
  }

  [Symbol.dispose](): void {
    for (const path of this.#watched.keys()) this.#forget(path);
  }

  #watchAll(steps: readonly PathStep[]): void {
    const wanted = new Map<string, Set<string> | undefined>();
    for (const { folder, name } of steps) {
      wanted.set(folder, (wanted.get(folder) ?? new Set()).add(name));
    }
    // Where a file is mounted on another one, its own changes do not show in the folder.
    const last = steps.at(-1);
    if (last !== undefined) wanted.set(join(last.folder, last.name), undefined);
    for (const path of this.#watched.keys()) if (!wanted.has(path)) this.#forget(path);
    for (const [path, names] of wanted) this.#watch(path, names);
  }

  #watch(path: string, names: ReadonlySet<string> | undefined): void {
    const identity = identityOf(path);
    const known = this.#watched.get(path);
    if (known !== undefined && known.identity === identity) {
      known.names = names;
      return;
    }
    this.#forget(path);
    if (identity === undefined) return;
    const onChange = (_event: string, name: string | null): void => {
      const leadsOn = watched.names === undefined || name === null || watched.names.has(name);
      if (leadsOn) this.#onEvent();
    };
    const watcher = watcherOf(path, onChange);
    if (watcher === undefined) return;
    watcher.on('error', this.#onEvent);
    const watched: Watched = { identity, watcher, names };
    this.#watched.set(path, watched);
  }

  #forget(path: string): void {
    this.#watched.get(path)?.watcher.close();
    this.#watched.delete(path);
  }
}

/** Undefined: it has gone meanwhile. */
function watcherOf(
  path: string,
  onChange: (event: string, name: string | null) => void,
): FSWatcher | undefined {
  try {
    return watch(path, { persistent: false }, onChange);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
