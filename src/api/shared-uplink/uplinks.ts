/** Uplinks that go on by themselves, all served by one process of the user's. */
import { statSync } from 'node:fs';
import { NskitError } from '../../errors/index.js';
import { resolveName, stateDirectory, uplinkProcessLives } from '../../namespaces/index.js';
import { call } from '../../native/index.js';
import { Network } from '../../netlink/index.js';
import { FileDescriptor } from '../../sockets/index.js';
import type { UplinkOptions } from '../../uplink/index.js';
import { openUplink } from '../attach-uplink.js';
import { ask, startProcess } from './control-client.js';
import type { AttachWords, AttachedUplink, UplinkPlace } from './protocol.js';

export const uplinks = {
  /**
   * Gives a namespace an uplink that stays until the place ends: the name is deleted, the process
   * ends, the file goes. Throws ERR_UPLINK_EXISTS, ERR_NAME_UNKNOWN, and as `attachUplink`.
   */
  async attach(place: UplinkPlace, options: UplinkOptions = {}): Promise<AttachedUplink> {
    checkWords(options);
    using process = processOf(place);
    const inode = inodeOf(place);
    await startProcess();
    const opened = await openDevice(place, options);
    using tap = opened.descriptor;
    const { name: device, hasUdpSegments, ipv6IsDefault } = opened;
    const words: AttachWords = { place, inode, options, device, hasUdpSegments, ipv6IsDefault };
    const fds = [tap.fd, ...(process === undefined ? [] : [process.fd])];
    return (await ask({ method: 'attach', words, fds })) as AttachedUplink;
  },

  /** Ends it; its device is gone afterwards. Throws ERR_UPLINK_UNKNOWN. */
  async stop(place: UplinkPlace): Promise<void> {
    await ask({ method: 'stop', words: { inode: inodeOf(place) } });
  },

  /** Those that are served now. */
  async list(): Promise<readonly AttachedUplink[]> {
    if (!uplinkProcessLives(stateDirectory())) return [];
    try {
      const { attached } = (await ask({ method: 'list' })) as { attached: AttachedUplink[] };
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

/** Held, so that its pid means this one. */
function processOf(place: UplinkPlace): FileDescriptor | undefined {
  if (!('pid' in place)) return undefined;
  const { pid } = place;
  return new FileDescriptor(call({ step: `hold process ${pid}` }, 'pidfd_open', pid, 0));
}

function inodeOf(place: UplinkPlace): number {
  if ('name' in place) return resolveName(place.name).inode;
  const path = 'path' in place ? place.path : `/proc/${place.pid}/ns/net`;
  return statSync(path).ino;
}

async function openDevice(place: UplinkPlace, options: UplinkOptions) {
  const target = 'name' in place ? { path: resolveName(place.name).path } : place;
  using network = new Network(target);
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
