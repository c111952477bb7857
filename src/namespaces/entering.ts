/** The program that enters a name, and where it is stored for the launcher. */
import { join } from 'node:path';
import { NskitError } from '../errors/index.js';
import { storedProgram } from '../native/index.js';
import { etcFolders } from './etc-files.js';
import { insideProgram, type InsideOptions, type InsideProgram } from './inside.js';
import { isolatedInside } from './isolated/index.js';
import type { NameRecord } from './record.js';
import type { StateDirectory } from './state-directory.js';
import { targetOf } from './target.js';
import { hiddenBy, uplinkEtc } from './uplink-files.js';

export type EnterNameOptions = Pick<InsideOptions, 'mapCurrent' | 'workingDirectory'>;

/** What exec and shell run for this name. */
export function enterNameProgram(
  state: StateDirectory,
  record: NameRecord,
  options: EnterNameOptions = {},
): InsideProgram {
  const target = targetOf(state, record);
  if (!record.isolated) {
    const etcFolders = etcFoldersOf(state, record);
    return insideProgram({ ...options, target, etcFolders, hidden: hiddenBy(state, record.name) });
  }
  if (options.mapCurrent !== undefined) {
    throw new NskitError(
      'ERR_USAGE',
      `${record.name} is isolated: your own uid does not exist in it`,
    );
  }
  return isolatedInside(target, options.workingDirectory);
}

/** Folders whose files appear over /etc inside. */
export function etcFoldersOf(state: StateDirectory, record: NameRecord): string[] {
  // Whose home is meant is not known when root makes a name; /etc/netns is everybody's.
  if (state.isSystem) return [join('/etc/netns', record.name)];
  const given = record.files ? [join(state.etc, record.name)] : [];
  return [...given, uplinkEtc(state, record.name), ...etcFolders(record.name)];
}

export function writeStoredProgram(state: StateDirectory, record: NameRecord): void {
  const { program, entries } = enterNameProgram(state, record);
  state.write(join(state.programs, record.name), storedProgram(program, entries));
}

/** After the folders over /etc have changed, so that the next time needs no Node again. */
export function refreshStoredProgram(state: StateDirectory, record: NameRecord): void {
  try {
    writeStoredProgram(state, record);
  } catch {
    // The name works without; a full disk is no reason not to enter it.
  }
}
