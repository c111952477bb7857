/**
 * The uplink process: it serves the user's namespaces, and ends when there is none left. What it has
 * open its watcher has too, so that the next one goes on with it when this one is killed.
 */
import { closeSync, fstatSync, rmSync, statSync, watch, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  STARTER_FD,
  STORE_FD,
  becomeUplinkProcess,
  restrictForGood,
  stateDirectory,
  wasStarted,
} from '../../namespaces/index.js';
import { FileDescriptor, type Listener } from '../../sockets/index.js';
import { Attachments } from './attachments.js';
import { ControlServer } from './control-server.js';
import { forgetAttachment, legacyOf, type FoundControl, type Legacy, type Note } from './notes.js';
import { failureOf } from './protocol.js';
import { Store } from './store.js';
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
    await serveFound(signal);
  } catch (error) {
    tellStarter(failureOf(error));
    throw error;
  }
}

async function serveFound(signal: AbortSignal): Promise<void> {
  const other = await takeTurn(stateDirectory());
  if (other !== undefined) {
    tellStarter({ serves: other });
    return;
  }
  // Before the watcher is asked, because it may have to wait for one whose process waits for our answer.
  const fresh = isFirst() ? await listenAt(stateDirectory().uplinkSocket) : undefined;
  const socket = wasStarted() ? new FileDescriptor(STORE_FD) : undefined;
  const { store, found } = await Store.open(socket);
  const legacy = legacyOf(found);
  const control = await controlSocket(store, legacy.control, fresh);
  if (control === undefined) legacy.attachments.forEach(forgetAttachment);
  else await serve(control, { signal, store, legacy });
  await store.clear();
}

/** The first of its watcher finds nothing of one before; only it has a starter that listens. */
function isFirst(): boolean {
  return !wasStarted() || fstatSync(STARTER_FD).isFIFO();
}

/** Undefined when its file has gone while nobody served: what is served ends with it. */
async function controlSocket(
  store: Store,
  found: FoundControl | undefined,
  fresh: Listener | undefined,
): Promise<FoundControl | undefined> {
  const path = stateDirectory().uplinkSocket;
  if (found !== undefined && !isAt(path, found.inode)) {
    found.descriptor[Symbol.dispose]();
    return undefined;
  }
  if (found !== undefined) return found;
  const { descriptor } = fresh ?? (await listenAt(path));
  const inode = statSync(path).ino;
  const note: Note = { control: inode };
  await store.keep(note, [descriptor.fd]);
  return { descriptor, inode };
}

function isAt(path: string, inode: number): boolean {
  return statSync(path, { throwIfNoEntry: false })?.ino === inode;
}

interface Serving {
  readonly signal: AbortSignal;
  readonly store: Store;
  readonly legacy: Legacy;
}

async function serve(control: FoundControl, { signal, store, legacy }: Serving): Promise<void> {
  using listener = control.descriptor;
  const path = stateDirectory().uplinkSocket;
  const over = new AbortController();
  const end = (): void => over.abort();
  const isGone = (): boolean => !isAt(path, control.inode);
  using _watcher = disposable(watch(dirname(path), () => isGone() && end()));
  let grace: NodeJS.Timeout | undefined;
  const wait = (): void => {
    clearTimeout(grace);
    grace = setTimeout(() => attachments.size === 0 && !server.isBusy && end(), GRACE_MS);
  };
  const attachments = new Attachments(store, wait);
  for (const found of legacy.attachments) attachments.restore(found);
  using server = new ControlServer(listener, attachments, wait);
  signal.addEventListener('abort', end);
  restrictForGood();
  tellStarter({ serves: process.pid });
  wait();
  if (signal.aborted || isGone()) end();
  if (!over.signal.aborted) {
    await new Promise((resolve) => over.signal.addEventListener('abort', resolve));
  }
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
