/** What adding an isolated name does in place of the plain pins. */
import { runProgramAsync } from '../../native/index.js';
import type { LockHolder } from '../pause.js';
import type { NameRecord } from '../record.js';
import type { StateDirectory } from '../state-directory.js';
import { checkBinds, type Bind } from './binds.js';
import { isolatedMaps } from './id-map.js';
import { openInitFiles } from './init.js';
import { makeIsolatedProgram } from './make.js';

export interface Making {
  readonly state: StateDirectory;
  readonly record: NameRecord;
  readonly base: LockHolder;
  readonly binds: readonly Bind[];
  readonly etcFolders: readonly string[];
  readonly killAfter?: number | undefined;
}

export async function makeIsolated(making: Making): Promise<void> {
  const { state, record, base, etcFolders, killAfter } = making;
  const maps = isolatedMaps(base);
  const owner = { uid: maps.uid[0]?.outside ?? 0, gid: maps.gid[0]?.outside ?? 0 };
  const binds = checkBinds(state, making.binds);
  using files = openInitFiles(state, record.name, base.pid);
  const root = { binds, etcFolders, owner };
  await runProgramAsync(makeIsolatedProgram({ state, record, maps, files, root }), {
    in: 'child',
    ...(killAfter === undefined ? {} : { killAfter }),
  });
}
