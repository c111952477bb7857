/** Readiness of any number of fds through Node's own loop (one epoll fd, one uv handle). */
import { binding, type NativePoller } from './binding.js';
import { EPOLLIN, EPOLL_CTL_ADD, EPOLL_CTL_DEL } from './constants.js';
import { call, callError, tryCall } from './kernel.js';

const BATCH = 256;

const pairs = new Int32Array(2 * BATCH);
const watchers = new Map<number, Watcher>();
let poller: NativePoller | undefined;
let referenced = 0;

interface Watcher {
  readonly onReady: (events: number) => void;
  referenced: boolean;
}

/** Stops watching; keeps (ref) or does not keep (unref) the process alive meanwhile. */
export interface Watch extends Disposable {
  ref(): void;
  unref(): void;
}

/** Makes the epoll fd, which `watch` otherwise does: ahead of what must not fail for want of fds. */
export function prepareToWatch(): NativePoller {
  if (poller !== undefined) return poller;
  const created = binding().createPoller(dispatch, pairs);
  if (created.epoll < 0) {
    throw callError({ step: 'watch file descriptors' }, 'epoll_create1', created.epoll);
  }
  poller = created;
  return poller;
}

/** Calls back whenever the fd is ready (level-triggered), until disposed. */
export function watch(fd: number, onReady: (events: number) => void, events = EPOLLIN): Watch {
  const { epoll } = prepareToWatch();
  const watcher: Watcher = { onReady, referenced: false };
  call(
    { step: 'watch a file descriptor' },
    'epoll_ctl',
    epoll,
    EPOLL_CTL_ADD,
    fd,
    epollEvent(events, fd),
  );
  watchers.set(fd, watcher);
  const setReferenced = (wanted: boolean): void => {
    if (watcher.referenced === wanted || watchers.get(fd) !== watcher) return;
    watcher.referenced = wanted;
    countReferences(wanted ? 1 : -1);
  };
  setReferenced(true);
  return {
    ref: () => {
      setReferenced(true);
    },
    unref: () => {
      setReferenced(false);
    },
    [Symbol.dispose]: () => {
      if (watchers.get(fd) !== watcher) return;
      setReferenced(false);
      watchers.delete(fd);
      tryCall('epoll_ctl', epoll, EPOLL_CTL_DEL, fd, epollEvent(0, fd));
    },
  };
}

function countReferences(change: number): void {
  referenced += change;
  if (referenced === 1 && change === 1) poller?.ref();
  if (referenced === 0) poller?.unref();
}

function dispatch(count: number): void {
  const ready = pairs.slice(0, 2 * count);
  for (let i = 0; i < count; i++) {
    watchers.get(ready[2 * i] ?? -1)?.onReady(ready[2 * i + 1] ?? 0);
  }
}

/** struct epoll_event: packed to 12 bytes on x86-64, aligned to 16 elsewhere. */
export const eventLayout = process.arch === 'x64' ? { size: 12, data: 4 } : { size: 16, data: 8 };

export function epollEvent(events: number, fd: number): Uint8Array {
  const bytes = new Uint8Array(eventLayout.size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, events, true);
  view.setInt32(eventLayout.data, fd, true);
  return bytes;
}
