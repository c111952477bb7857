/** Uplinks that go on by themselves, all served by one process of the user's. */
import { statSync } from 'node:fs';
import { NskitError } from '../../errors/index.js';
import { resolveName, stateDirectory, uplinkProcessLives } from '../../namespaces/index.js';
import { call } from '../../native/index.js';
import { Network, type NetworkTarget } from '../../netlink/index.js';
import { FileDescriptor } from '../../sockets/index.js';
import type {
  FlowEvent,
  FlowRecord,
  PublishedPort,
  UplinkCounters,
  UplinkOptions,
} from '../../uplink/index.js';
import { openUplink, type FlowsOptions, type FollowOptions } from '../attach-uplink.js';
import { ask, askAll, restoreWatcher, startProcess } from './control-client.js';
import { startCapture, type CaptureOptions, type RunningCapture } from '../capture/capture.js';
import { captureShared } from './capture-shared.js';
import { markOf, withNameFiles } from './place-files.js';
import type { AttachWords, AttachedUplink, HeldAs, UplinkPlace } from './protocol.js';

export const uplinks = {
  /**
   * Gives a namespace an uplink that stays until the place ends: the name is deleted, the process
   * ends, the file goes. Throws ERR_UPLINK_EXISTS, ERR_NAME_UNKNOWN, and as `attachUplink`.
   */
  async attach(place: UplinkPlace, options: UplinkOptions = {}): Promise<AttachedUplink> {
    checkWords(options);
    using process = processOf(place);
    // Before the process is started, because what is no namespace needs none.
    using network = new Network(targetOf(place));
    const { inode } = network.file;
    await startProcess();
    const opened = await openDevice(network, options);
    using tap = opened.descriptor;
    using routes = opened.routes;
    const { name: device, hasUdpSegments, ipv6IsDefault } = opened;
    const held = heldAs({ tap, routes, pidfd: process });
    const fds = held.map(([, { fd }]) => fd);
    return await withNameFiles(place, options, async (filesOf) => {
      const words: AttachWords = {
        ...{ place, inode, options, device, hasUdpSegments, ipv6IsDefault, filesOf },
        ...{ mark: process === undefined ? markOf(place) : undefined },
        descriptors: held.map(([kind]) => kind),
      };
      return (await ask({ method: 'attach', words, fds })) as AttachedUplink;
    });
  },

  /** Ends it; its device is gone afterwards. Throws ERR_UPLINK_UNKNOWN. */
  async stop(place: UplinkPlace): Promise<void> {
    await askAbout(place, 'stop');
  },

  /**
   * Ports of the host's lead inside from now on, as with `Uplink.publish`: every one, or none. Throws
   * ERR_UPLINK_UNKNOWN, ERR_USAGE, SocketError.
   */
  async publish(place: UplinkPlace, texts: readonly string[]): Promise<PublishedPort[]> {
    return portsIn(await askAbout(place, 'publish', { ports: texts }));
  },

  /** Throws ERR_UPLINK_UNKNOWN; ERR_USAGE when it is not published. */
  async unpublish(place: UplinkPlace, text: string): Promise<PublishedPort[]> {
    return portsIn(await askAbout(place, 'unpublish', { port: text }));
  },

  /** Throws ERR_UPLINK_UNKNOWN. */
  async published(place: UplinkPlace): Promise<PublishedPort[]> {
    return portsIn(await askAbout(place, 'published'));
  },

  /** What was dropped, and what failed, by reason. Throws ERR_UPLINK_UNKNOWN. */
  async counters(place: UplinkPlace): Promise<UplinkCounters> {
    const { counters } = (await askAbout(place, 'counters')) as { counters: UplinkCounters };
    return counters;
  },

  /** As of an uplink of this process. Throws ERR_UPLINK_UNKNOWN. */
  async flows(place: UplinkPlace, { ended = false }: FlowsOptions = {}): Promise<FlowRecord[]> {
    const all: FlowRecord[] = [];
    const words = { inode: inodeOf(place), ended };
    for await (const flow of askAll({ method: 'flows', words })) all.push(flow as FlowRecord);
    return all;
  },

  /** The same. Throws also ERR_UPLINK_PROCESS when the process that carries it is killed. */
  followFlows(place: UplinkPlace, { signal }: FollowOptions = {}): AsyncIterable<FlowEvent> {
    const words = { inode: inodeOf(place) };
    return askAll({ method: 'follow', words }, signal) as AsyncIterable<FlowEvent>;
  },

  /** As of an uplink of this process. Throws ERR_UPLINK_UNKNOWN, ERR_USAGE, SyscallError. */
  async capture(place: UplinkPlace, options: CaptureOptions): Promise<RunningCapture> {
    const inode = inodeOf(place);
    return await startCapture(options, (descriptor, flow) =>
      captureShared(inode, descriptor, flow),
    );
  },

  /** Those that are served now. */
  async list(): Promise<readonly AttachedUplink[]> {
    if (!uplinkProcessLives(stateDirectory())) return [];
    try {
      const { attached } = (await ask({ method: 'list' })) as { attached: AttachedUplink[] };
      if (attached.length > 0) await restoreWatcher();
      return attached;
    } catch (error) {
      // It was ending: nothing is served any more.
      if ((error as { code?: unknown }).code === 'ERR_UPLINK_UNKNOWN') return [];
      throw error;
    }
  },
};

/** For a namespace whose name has gone. */
export async function stopByInode(inode: number): Promise<void> {
  try {
    await ask({ method: 'stop', words: { inode } });
  } catch (error) {
    if (!(error instanceof NskitError)) throw error;
  }
}

type Held = Partial<Record<HeldAs, FileDescriptor | undefined>>;

function heldAs(held: Held): [HeldAs, FileDescriptor][] {
  const kinds = Object.keys(held) as HeldAs[];
  return kinds.flatMap((kind): [HeldAs, FileDescriptor][] => {
    const descriptor = held[kind];
    return descriptor === undefined ? [] : [[kind, descriptor]];
  });
}

async function askAbout(place: UplinkPlace, method: string, words: object = {}): Promise<unknown> {
  return await ask({ method, words: { ...words, inode: inodeOf(place) } });
}

function portsIn(answer: unknown): PublishedPort[] {
  return (answer as { published: PublishedPort[] }).published;
}

/** Held, so that its pid means this one. Also of a path in /proc, which tells nobody when it goes. */
function processOf(place: UplinkPlace): FileDescriptor | undefined {
  const pid = 'pid' in place ? place.pid : processIn(place);
  if (pid === undefined) return undefined;
  return new FileDescriptor(call({ step: `hold process ${pid}` }, 'pidfd_open', pid, 0));
}

function processIn(place: UplinkPlace): number | undefined {
  const [, pid] = ('path' in place && /^\/proc\/(\d+)\/ns\/net$/.exec(place.path)) || [];
  return pid === undefined ? undefined : Number(pid);
}

function inodeOf(place: UplinkPlace): number {
  if ('name' in place) return resolveName(place.name).inode;
  const path = 'path' in place ? place.path : `/proc/${place.pid}/ns/net`;
  return statSync(path).ino;
}

function targetOf(place: UplinkPlace): NetworkTarget {
  return 'name' in place ? { path: resolveName(place.name).path } : place;
}

async function openDevice(network: Network, options: UplinkOptions) {
  try {
    return await openUplink(network.file, options);
  } catch (error) {
    const { code, syscall } = error as { code?: unknown; syscall?: unknown };
    if (code !== 'EBUSY' || syscall !== 'ioctl') throw error;
    throw new NskitError('ERR_UPLINK_EXISTS', 'the namespace has an uplink already', {
      hint: '"nskit uplink NAME --stop" ends it; one of a program ends with the program',
      cause: error,
    });
  }
}

function checkWords({ onFlow, onFlowError }: UplinkOptions): void {
  if (onFlow === undefined && onFlowError === undefined) return;
  throw new NskitError(
    'ERR_USAGE',
    'a shared uplink runs in a process of its own: it has no hooks',
    {
      hint: 'use attachUplink, which carries the traffic in this process',
    },
  );
}
