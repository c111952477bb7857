/** The uplink process: it serves the user's namespaces, and ends when there is none left. */
import { closeSync, rmSync, statSync, watch, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  STARTER_FD,
  becomeUplinkProcess,
  restrictForGood,
  stateDirectory,
  wasStarted,
} from '../../namespaces/index.js';
import { Attachments } from './attachments.js';
import { ControlServer } from './control-server.js';
import { failureOf } from './protocol.js';
import { listenAt, takeTurn } from './turn.js';

/** For whoever started us to say what they want, and for the next command of a script. */
const GRACE_MS = 1000;

/**
 * Goes on until the signal, until no namespace is left, or until its socket's file is gone; ends at once
 * where another process serves. The process becomes another one, which may do nothing else any more.
 */
export async function serveUplinks(signal: AbortSignal): Promise<void> {
  becomeUplinkProcess(stateDirectory());
  try {
    await serve(signal);
  } catch (error) {
    tellStarter(failureOf(error));
    throw error;
  }
}

async function serve(signal: AbortSignal): Promise<void> {
  const state = stateDirectory();
  const other = await takeTurn(state);
  if (other !== undefined) {
    tellStarter({ serves: other });
    return;
  }
  const path = state.uplinkSocket;
  using listener = await listenAt(path);
  const { ino } = statSync(path);
  const over = new AbortController();
  const end = (): void => over.abort();
  const isGone = (): boolean => statSync(path, { throwIfNoEntry: false })?.ino !== ino;
  using _watcher = disposable(watch(dirname(path), () => isGone() && end()));
  let grace: NodeJS.Timeout | undefined;
  const wait = (): void => {
    clearTimeout(grace);
    grace = setTimeout(() => attachments.size === 0 && !server.isBusy && end(), GRACE_MS);
  };
  const attachments = new Attachments(wait);
  using server = new ControlServer(listener, attachments, wait);
  signal.addEventListener('abort', end);
  restrictForGood();
  tellStarter({ serves: process.pid });
  wait();
  if (!signal.aborted)
    await new Promise((resolve) => over.signal.addEventListener('abort', resolve));
  clearTimeout(grace);
  // First: whoever connects from now on is refused at once, and starts another.
  if (!isGone()) rmSync(path);
  await attachments.close();
}

function disposable(watcher: { close(): void }): Disposable {
  return { [Symbol.dispose]: () => watcher.close() };
}

let isTold = false;

function tellStarter(answer: object): void {
  if (!wasStarted() || isTold) return;
  isTold = true;
  writeSync(STARTER_FD, JSON.stringify(answer));
  closeSync(STARTER_FD);
}
