/** How the uplink process starts: restricted, and outside of whatever it is to serve. */
import { statSync } from 'node:fs';
import { NskitError } from '../errors/index.js';
import type { Program } from '../native/index.js';
import { findBase } from './base.js';
import { replaceProcess, runLauncher } from './replace.js';
import { restrictBeforeStart, restrictedEnvironment } from './restricted/index.js';
import type { StateDirectory } from './state-directory.js';
import type { Watched } from './watcher-program.js';
import { startWatched, watchLiving } from './watcher.js';

const MARK = 'NSKIT_RESTRICTED';
/** Its values: a watcher started it, or nobody did. */
const started = 'started';
const byHand = 'by hand';

/**
 * What it says to us until it closes the pipe, or ends. The state directory has been prepared: the
 * process makes no files in it. Throws ERR_UPLINK_PROCESS from inside a namespace of ours.
 */
export async function startUplinkProcess(state: StateDirectory): Promise<string> {
  checkOutside(state);
  return await startWatched(watchedProcess(state));
}

/** Another watcher for one that lives: the socket's other end is for it. Whether there is one now. */
export async function watchUplinkProcess(state: StateDirectory, socket: number): Promise<boolean> {
  return await watchLiving(watchedProcess(state), socket);
}

function watchedProcess(state: StateDirectory): Watched {
  return { lockFile: state.watcherLock, become: uplinkProcessSteps(state, started) };
}

/** By hand: this process becomes it, unless it is it already. */
export function becomeUplinkProcess(state: StateDirectory): void {
  if (process.env[MARK] !== undefined) return;
  state.prepare();
  replaceProcess(uplinkProcessSteps(state, byHand));
}

/** Whether a watcher started this process, and somebody may wait to hear from it. */
export function wasStarted(): boolean {
  return process.env[MARK] === started;
}

/** The last steps of a process that becomes it. */
function uplinkProcessSteps(state: StateDirectory, how: string): Program {
  const env = [...restrictedEnvironment(), `${MARK}=${how}`];
  return [...restrictBeforeStart(state), runLauncher(['nskit', 'uplink', '--serve'], env)];
}

/**
 * No process leaves a user namespace for the one outside. Started in a namespace of ours, it would take
 * that one's network for the host's, and refuse orders from everywhere else.
 */
function checkOutside(state: StateDirectory): void {
  using base = findBase(state);
  const inode = base && statSync(base.path('ns/user')).ino;
  if (inode !== statSync('/proc/self/ns/user').ino) return;
  throw new NskitError('ERR_UPLINK_PROCESS', 'an uplink is not started from inside a namespace', {
    hint: 'run the command outside: the process that serves all names cannot get out from here',
  });
}
