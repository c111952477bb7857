/** Waiting until names go: for what is kept with a namespace, and ends with it. */
import { watch } from 'node:fs';
import { NskitError } from '../errors/index.js';
import { resolveName, type ResolvedName } from './resolve.js';
import { stateDirectory } from './state-directory.js';
import { SYSTEM_PREFIX } from './system-names.js';
import { SYSTEM_NET_FOLDER } from './target.js';

export interface NameEnd {
  /** The name that is gone; undefined when the wait ended for another reason. */
  readonly name: string | undefined;
}

export interface NameEndOptions {
  readonly signal: AbortSignal;
  /** Another reason to end: asked at every change of the state directory's records. */
  readonly isOver?: (() => boolean) | undefined;
}

/** Settles when one of these names does not mean any more what it means now, or when aborted. */
export async function untilNameEnds(
  names: readonly ResolvedName[],
  { signal, isOver }: NameEndOptions,
): Promise<NameEnd> {
  const state = stateDirectory();
  state.prepare();
  const folders = [state.names, state.forwards];
  if (names.some(({ system }) => system)) folders.push(SYSTEM_NET_FOLDER);
  return await new Promise((resolve) => {
    const end = (found: NameEnd): void => {
      for (const watcher of watchers) watcher.close();
      signal.removeEventListener('abort', abort);
      resolve(found);
    };
    const abort = (): void => end({ name: undefined });
    const look = (): void => {
      const gone = names.find(isGone);
      if (gone !== undefined) end({ name: gone.name });
      else if (isOver?.() === true) abort();
    };
    const watchers = folders.map((folder) => watch(folder, look));
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    // What happened before we watched.
    else look();
  });
}

function isGone({ name, system, inode }: ResolvedName): boolean {
  try {
    return resolveName(system ? SYSTEM_PREFIX + name : name).inode !== inode;
  } catch (error) {
    return error instanceof NskitError && error.code === 'ERR_NAME_UNKNOWN';
  }
}
