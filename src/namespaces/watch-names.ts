/**
 * Events when names come and go, as `ip netns monitor` prints them. Records are watched, not pins:
 * they are on the host's side, and are written last and removed last.
 */
import { existsSync, watch } from 'node:fs';
import { on } from 'node:events';
import { stateDirectory } from './state-directory.js';
import { recordedNames, recordPath } from './record.js';

export interface NameEvent {
  readonly event: 'add' | 'delete';
  readonly name: string;
}

/** Goes on until aborted. */
export async function* watchNames(
  options: { signal?: AbortSignal; onReady?: () => void } = {},
): AsyncGenerator<NameEvent> {
  const state = stateDirectory();
  state.prepare();
  const watcher = watch(state.names);
  const seen = new Changes(recordedNames(state).whole);
  try {
    const changes = on(
      watcher,
      'change',
      options.signal === undefined ? {} : { signal: options.signal },
    );
    options.onReady?.();
    for await (const change of changes) {
      const name = /^([^.].*)\.json$/.exec(String((change as unknown[])[1]))?.[1];
      if (name === undefined) continue;
      yield* seen.after(name, existsSync(recordPath(state, name)));
    }
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
  } finally {
    watcher.close();
  }
}

/**
 * Turns "something happened to this record" into what did: each change makes one event, but by the
 * time we look, a second one may have undone the first.
 */
class Changes {
  readonly #known: Set<string>;
  /** The second event of two whose changes have been told together. */
  readonly #told = new Set<string>();

  constructor(names: readonly string[]) {
    this.#known = new Set(names);
  }

  after(name: string, exists: boolean): NameEvent[] {
    const now: NameEvent = { event: exists ? 'add' : 'delete', name };
    if (exists === this.#known.has(name)) {
      if (this.#told.delete(name)) return [];
      this.#told.add(name);
      return [{ event: exists ? 'delete' : 'add', name }, now];
    }
    this.#told.delete(name);
    if (exists) this.#known.add(name);
    else this.#known.delete(name);
    return [now];
  }
}
