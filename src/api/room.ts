/**
 * Fresh namespaces for one program, of which nothing is left when it ends: what `run` and
 * `nskit run --uplink` have in common. The namespaces are made and held first, because the uplink
 * opens its device in them before the program starts.
 */
import {
  createNamespaces,
  freshProc,
  hideFolders,
  layTexts,
  ownIds,
  privateMounts,
  viewOf,
  type CreateOptions,
  type NamespaceKind,
  type Way,
} from '../namespaces/index.js';
import type { Program } from '../native/index.js';
import { NskitError } from '../errors/index.js';
import {
  hiddenPaths,
  nameServiceFiles,
  readHostNameFiles,
  type UplinkOptions,
} from '../uplink/index.js';
import type { Uplink } from './attach-uplink.js';
import { HeldNamespaces } from './held-namespaces.js';

export interface RoomOptions {
  /** By default user, network and pid; the program always gets mounts of its own. */
  readonly kinds?: readonly NamespaceKind[] | undefined;
  /** Be the caller's own uid and gid inside instead of 0: then the program has no capabilities. */
  readonly mapCurrent?: boolean | undefined;
  readonly hostname?: string | undefined;
  /** The internet inside, carried by this process for as long as the program runs. */
  readonly uplink?: boolean | UplinkOptions | undefined;
}

export interface Room extends AsyncDisposable {
  readonly way: Way;
  readonly uplink: Uplink | undefined;
}

export async function makeRoom(options: RoomOptions): Promise<Room> {
  const create = createOptions(options);
  const held = new HeldNamespaces(await createNamespaces(create));
  try {
    const uplink = await attachTo(held, options.uplink);
    const over = uplink === undefined ? [] : nameServices(uplink, options.uplink);
    return {
      way: { ...held.way(), ...viewFor(create.kinds, over) },
      uplink,
      [Symbol.asyncDispose]: async () => {
        // Before the uplink, because what is still running may use it.
        await held[Symbol.asyncDispose]();
        await uplink?.[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await held[Symbol.asyncDispose]();
    throw error;
  }
}

function createOptions({ kinds, mapCurrent, hostname, uplink }: RoomOptions): CreateOptions {
  const all = new Set(kinds ?? (['user', 'net', 'pid'] as const));
  if (hostname !== undefined) all.add('uts');
  if (wants(uplink) && !all.has('net')) {
    throw new NskitError('ERR_USAGE', 'an uplink, but no network namespace to have it', {
      hint: 'add "net" to the kinds',
    });
  }
  const [uid = 0, gid = 0] = [process.geteuid?.(), process.getegid?.()];
  return {
    kinds: [...all],
    ...(mapCurrent === true ? { maps: ownIds(uid, gid) } : {}),
    ...(hostname === undefined ? {} : { hostname }),
  };
}

function wants(uplink: RoomOptions['uplink']): uplink is true | UplinkOptions {
  return uplink !== undefined && uplink !== false;
}

async function attachTo(
  held: HeldNamespaces,
  uplink: RoomOptions['uplink'],
): Promise<Uplink | undefined> {
  if (!wants(uplink)) return undefined;
  return await held.attachUplink(uplink === true ? {} : uplink);
}

/** Whoever looks up a name inside asks the uplink, and nobody who answers for the host. */
function nameServices({ ipv4 }: Uplink, options: RoomOptions['uplink']): Program {
  if (typeof options === 'object' && options.dns === false) return [];
  const texts = nameServiceFiles([ipv4.dns], readHostNameFiles());
  return [...layTexts(texts), ...hideFolders(hiddenPaths())];
}

/** Mounts of its own; without a network namespace the host's /sys is the right one. */
function viewFor(kinds: readonly NamespaceKind[], over: Program = []): Pick<Way, 'view' | 'aside'> {
  const pid = kinds.includes('pid');
  if (kinds.includes('net')) return viewOf({ pid, over });
  return { view: [...privateMounts(), ...(pid ? freshProc() : [])] };
}
