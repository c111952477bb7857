/**
 * What is written down about a name: names/NAME.json, written last when a name is made and removed
 * last when it is deleted. While a name is being made its record is names/.NAME.making, so that
 * what an interrupted nskit left can be told from what is whole.
 */
import { readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { unfinished, type StateDirectory } from './state-directory.js';

export interface NameRecord {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly hostname?: string;
  /** Pinned beside the network namespace. */
  readonly kinds: readonly ('user' | 'pid' | 'uts' | 'ipc' | 'mnt')[];
  readonly isolated: boolean;
  /** It has files given with --file. */
  readonly files: boolean;
  /** Who owns it: of a name made by root, the user it was made for. */
  readonly owner: { readonly uid: number; readonly gid: number };
}

export function recordPath(state: StateDirectory, name: string): string {
  return join(state.names, `${name}.json`);
}

export function makingPath(state: StateDirectory, name: string): string {
  return join(state.names, `.${name}.making`);
}

/** Undefined when there is none, or none that can be read. */
export function readRecord(state: StateDirectory, name: string): NameRecord | undefined {
  try {
    return JSON.parse(readFileSync(recordPath(state, name), 'utf8')) as NameRecord;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throwUnlessAbsent(error);
    return undefined;
  }
}

export function announceRecord(state: StateDirectory, record: NameRecord): void {
  state.write(makingPath(state, record.name), `${JSON.stringify(record)}\n`);
}

export function publishRecord(state: StateDirectory, name: string): void {
  renameSync(makingPath(state, name), recordPath(state, name));
}

/** Removes every file about a name; the record goes last. */
export function removeFiles(state: StateDirectory, name: string): void {
  rmSync(join(state.programs, name), { force: true });
  rmSync(join(state.etc, name), { recursive: true, force: true });
  rmSync(join(state.uplinks, name), { recursive: true, force: true });
  rmSync(join(state.inits, name), { force: true });
  rmSync(recordPath(state, name), { force: true });
  rmSync(makingPath(state, name), { force: true });
  rmSync(unfinished(makingPath(state, name)), { force: true });
}

export interface RecordedNames {
  readonly whole: readonly string[];
  readonly halfMade: readonly string[];
}

export function recordedNames(state: StateDirectory): RecordedNames {
  const files = listFolder(state.names);
  const match = (pattern: RegExp): string[] =>
    files.flatMap((file) => pattern.exec(file)?.slice(1, 2) ?? []);
  return {
    whole: match(/^([^.].*)\.json$/),
    halfMade: [...new Set(match(/^~?\.(.+)\.making$/))],
  };
}

/** Empty when it is not there. */
export function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throwUnlessAbsent(error);
    return [];
  }
}

/** ESRCH: below /proc, of a process that has ended. */
const absent = ['ENOENT', 'ENOTDIR', 'ESRCH', 'EACCES'];

/** Out of descriptors nothing is seen, and what nobody sees would be cleaned up. */
function throwUnlessAbsent(error: unknown): void {
  if (!absent.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
}
