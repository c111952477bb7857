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
  const known = new Set(recordedNames(state).whole);
  const watcher = watch(state.names);
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
      const exists = existsSync(recordPath(state, name));
      if (exists === known.has(name)) continue;
      if (exists) known.add(name);
      else known.delete(name);
      yield { event: exists ? 'add' : 'delete', name };
    }
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
  } finally {
    watcher.close();
  }
}
