/** Deleting names: never by halves, and never from under a running program unless told. */
import { constants } from 'node:os';
import { NskitError } from '../errors/index.js';
import { step, type Program } from '../native/index.js';
import { changing } from './change-lock.js';
import { cleanUp, undoMaking } from './clean-up.js';
import { killAndWait } from './ending.js';
import { unpinProgram } from './named.js';
import { networkInode } from './processes.js';
import { removeFiles } from './record.js';
import { processesOf, resolveName, type ResolvedName } from './resolve.js';
import { isRealRoot, stateDirectory } from './state-directory.js';
import { cleanUpSystem } from './system-clean-up.js';
import { deleteSystemName, deleteSystemProgram } from './system-names.js';

export interface DeleteOptions {
  /** Kill the processes inside instead of refusing. */
  readonly kill?: boolean | undefined;
}

/** Throws ERR_NAME_UNKNOWN, and ERR_NAME_BUSY while processes are inside. */
export async function deleteName(text: string, options: DeleteOptions = {}): Promise<void> {
  const state = stateDirectory();
  await changing(state, async () => {
    await (isRealRoot() ? cleanUpSystem(state) : cleanUp(state));
    const found = resolveName(text);
    if (found.system && !isRealRoot()) throw needsRoot(found.name);
    await emptyOut(found, options.kill === true);
    if (!found.system) {
      await undoMaking(state, found.name);
      return;
    }
    await deleteSystemName(found.name);
    removeFiles(found.state, found.name);
  });
}

/** The steps of it, for those who only want to know. Throws like it. */
export function deleteProgram(text: string, { kill = false }: DeleteOptions = {}): Program {
  const found = resolveName(text);
  if (found.system && !isRealRoot()) throw needsRoot(found.name);
  const inside = othersInside(found);
  if (inside.length > 0 && !kill) throw busy(found.name, inside);
  return [
    ...inside.map((pid) => step(`kill process ${pid}`, 'kill', [pid, constants.signals.SIGKILL])),
    ...(found.system ? deleteSystemProgram(found.name) : unpinProgram(found.state, found.name)),
  ];
}

/** Not ourselves: "nskit exec lab nskit delete lab" has nobody else inside. */
function othersInside(found: ResolvedName): number[] {
  return processesOf(found).filter((pid) => pid !== process.pid);
}

async function emptyOut(found: ResolvedName, kill: boolean): Promise<void> {
  // Until nobody is left: a process may have forked between our look and its end.
  while (true) {
    const inside = othersInside(found);
    if (inside.length === 0) return;
    if (!kill) throw busy(found.name, inside);
    for (const pid of inside) {
      await killAndWait(pid, () => networkInode(pid) === found.inode);
    }
  }
}

function needsRoot(name: string): NskitError {
  return new NskitError('ERR_NEEDS_ROOT', `${name} was made by root`, {
    hint: `"sudo nskit delete ${name}" deletes it`,
  });
}

function busy(name: string, pids: readonly number[]): NskitError {
  const list = pids.slice(0, 5).join(', ') + (pids.length > 5 ? ', ...' : '');
  const what = pids.length === 1 ? 'a process is' : `${pids.length} processes are`;
  return new NskitError('ERR_NAME_BUSY', `${what} inside ${name}: ${list}`, {
    hint: `end them, or "nskit delete --kill ${name}"`,
  });
}

/** Removes what interrupted commands left behind; names that are whole stay. */
export async function deleteLeftovers(): Promise<void> {
  if (isRealRoot()) return;
  const state = stateDirectory();
  await changing(state, () => cleanUp(state));
}
