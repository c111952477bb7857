/**
 * Fresh namespaces for one program, of which nothing is left when it ends: what `run` and
 * `nskit run --uplink` have in common. The namespaces are made and held first, because the uplink
 * opens its device in them before the program starts.
 */
import {
  createNamespaces,
  creationProgram,
  freshProc,
  ownIds,
  privateMounts,
  viewOf,
  type CreateOptions,
  type NamespaceKind,
  type Way,
} from '../namespaces/index.js';
import { execute, step, type Program } from '../native/index.js';
import { NskitError } from '../errors/index.js';
import { tapOpening } from '../sockets/index.js';
import { describeFamily, familiesOf, uplinkPlan, type UplinkOptions } from '../uplink/index.js';
import { attachUplink, type Uplink } from './attach-uplink.js';
import { LiveNameFiles, liveNameFilesProgram } from './live-name-files.js';
import { publishProgram } from './publish-program.js';

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
}

export async function makeRoom(options: RoomOptions): Promise<Room> {
  const create = createOptions(options);
  const held = await createNamespaces(create);
  let files: LiveNameFiles | undefined;
  try {
    const wanted = uplinkOptions(options);
    files = wanted && (await LiveNameFiles.make(held, wanted));
    const uplink = wanted && (await attachUplink(held, wanted));
    if (files !== undefined) uplink?.onResolvConf(files.follow);
    return {
      way: { ...held.way(), ...viewFor(create.kinds, files?.lay()) },
      [Symbol.asyncDispose]: async () => {
        files?.[Symbol.dispose]();
        // Before the uplink, because what is still running may use it.
        await held[Symbol.asyncDispose]();
        await endUplink(uplink, create);
      },
    };
  } catch (error) {
    files?.[Symbol.dispose]();
    await held[Symbol.asyncDispose]();
    throw error;
  }
}

/** Without a pid namespace something may be left running, and wonder at a dead device. */
async function endUplink(uplink: Uplink | undefined, { kinds }: CreateOptions): Promise<void> {
  await uplink?.settle();
  await (kinds.includes('pid') ? uplink?.leave() : uplink?.close());
}

/**
 * The steps of a run, for those who only want to know: first those of this process, then those of
 * the program's own.
 */
export function roomProgram(options: RoomOptions): Program {
  const create = createOptions(options);
  const wanted = uplinkOptions(options);
  return [
    ...creationProgram(create),
    ...(wanted === undefined ? [] : uplinkProgram(wanted)),
    ...(viewFor(create.kinds, wanted && liveNameFilesProgram(wanted)).view ?? []),
    execute(),
  ];
}

function createOptions(options: RoomOptions): CreateOptions {
  const { kinds = ['user', 'net', 'pid'] as const, mapCurrent, hostname } = options;
  const all = new Set<NamespaceKind>(kinds);
  if (hostname !== undefined) all.add('uts');
  if (uplinkOptions(options) !== undefined && !all.has('net')) {
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

function uplinkOptions({ uplink }: RoomOptions): UplinkOptions | undefined {
  if (uplink === undefined || uplink === false) return undefined;
  return uplink === true ? {} : uplink;
}

/** Of an uplink that the shared process carries: it opens ports when it is handed the device. */
export function sharedUplinkProgram({ publish = [], ...options }: UplinkOptions): Program {
  return [...uplinkProgram(options), ...publishProgram(publish)];
}

/** What netlink is told has no steps of its own. */
export function uplinkProgram(options: UplinkOptions): Program {
  const families = familiesOf(uplinkPlan(options));
  const addresses = families.map((family) => {
    return `${describeFamily(family).guest}/${family.prefixLength}`;
  });
  return [
    ...publishProgram(options.publish ?? []),
    ...tapOpening('tap0', { vnetHeader: 10 }).steps,
    step(`give tap0 ${addresses.join(' and ')} and a default route`, 'sendto', []),
  ];
}

/** Mounts of its own; without a network namespace the host's /sys is the right one. */
function viewFor(kinds: readonly NamespaceKind[], over: Program = []): Pick<Way, 'view' | 'aside'> {
  const pid = kinds.includes('pid');
  if (!kinds.includes('net')) return { view: [...privateMounts(), ...(pid ? freshProc() : [])] };
  return viewOf({ pid, over });
}
