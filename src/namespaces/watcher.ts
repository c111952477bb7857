/**
 * The watcher: the launcher, in front of a process that must not be missed. It starts it, keeps copies
 * of its descriptors, and when it ends while some are kept, starts it again and hands them over. So
 * what they stand for (a device's carrier, a bound port) never goes away meanwhile.
 */
import { closeSync } from 'node:fs';
import { storedProgram, type Program } from '../native/index.js';
import { startDetached } from './background.js';
import { programFile, runLauncher } from './replace.js';
import { restrictedEnvironment } from './restricted/index.js';
import { READY, STORE_FD, watcherProgram, type Watched } from './watcher-program.js';

const PROGRAM_FD = 5;

/** What the process that is watched said, until it closed its pipe to us. */
export async function startWatched(watched: Watched): Promise<string> {
  return await startWatcher(watcherProgram(watched), new Map());
}

/** For a process that lives and has no watcher any more: the socket's other end is for it. */
export async function watchLiving(watched: Watched, socket: number): Promise<boolean> {
  const program = watcherProgram(watched, { lives: true });
  return (await startWatcher(program, new Map([[STORE_FD, socket]]))) === READY;
}

async function startWatcher(program: Program, kept: ReadonlyMap<number, number>): Promise<string> {
  const fd = programFile(storedProgram(program));
  const argv = ['nskit-watcher', '--program', String(PROGRAM_FD)];
  try {
    const become = [runLauncher(argv, restrictedEnvironment())];
    return await startDetached(become, new Map([...kept, [PROGRAM_FD, fd]]));
  } finally {
    closeSync(fd);
  }
}
