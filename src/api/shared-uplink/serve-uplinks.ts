/** The uplink process: it serves the user's namespaces, and ends when there is none left. */
import { closeSync, rmSync, statSync, watch, writeSync } from 'node:fs';
import { STARTER_FD, stateDirectory, takeUplinkLock } from '../../namespaces/index.js';
import { here, listenerOpening, openOne } from '../../sockets/index.js';
import { Attachments } from './attachments.js';
import { ControlServer } from './control-server.js';

/** For whoever started us to say what they want, and for the next command of a script. */
const GRACE_MS = 1000;

/** Goes on until the signal, until no namespace is left, or until its socket's file is gone. */
export async function serveUplinks(signal: AbortSignal): Promise<void> {
  const state = stateDirectory();
  takeUplinkLock(state);
  const path = state.uplinkSocket;
  rmSync(path, { force: true });
  using listener = await openOne(here, listenerOpening({ path, nonBlocking: true }));
  const { ino } = statSync(path);
  const over = new AbortController();
  const end = (): void => over.abort();
  const isGone = (): boolean => statSync(path, { throwIfNoEntry: false })?.ino !== ino;
  using _watcher = disposable(watch(state.path, () => isGone() && end()));
  let grace: NodeJS.Timeout | undefined;
  const wait = (): void => {
    clearTimeout(grace);
    grace = setTimeout(() => attachments.size === 0 && !server.isBusy && end(), GRACE_MS);
  };
  const attachments = new Attachments(wait);
  using server = new ControlServer(listener, attachments, wait);
  signal.addEventListener('abort', end);
  tellStarter();
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

function tellStarter(): void {
  try {
    writeSync(STARTER_FD, 'ready');
    closeSync(STARTER_FD);
  } catch {
    // Started by hand.
  }
}
