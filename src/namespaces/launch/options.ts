/** What a launch may be asked for. */
import { NskitError } from '../../errors/index.js';
import type { Propagation } from '../../native/index.js';
import type { IdMaps } from '../id-map.js';
import type { NamespaceKind } from '../kinds.js';
import type { Privileges, ResourceLimits } from '../privileges/index.js';
import type { RootChange } from '../root-directory.js';

export interface LaunchOptions {
  /** New ones. A cgroup and a time namespace are made last, when others have acted on the process. */
  readonly namespaces?: readonly NamespaceKind[] | undefined;
  /** Of a new user namespace; written from outside, with the rights there are there. */
  readonly maps?: IdMaps | undefined;
  /** As root: the effective uid that makes a new user namespace, and so owns it. */
  readonly ownerUid?: number | undefined;
  /** The process's number in its pid namespace, then in each one around it: clone3's set_tid. */
  readonly pids?: readonly number[] | undefined;
  readonly hostname?: string | undefined;
  /** setsid(2). */
  readonly newSession?: boolean | undefined;
  /** How mounts spread; with a new mount namespace `slave` when not said. */
  readonly propagation?: Propagation | 'unchanged' | undefined;
  readonly root?: RootChange | undefined;
  /** Where a new proc is mounted, as seen in the new root. */
  readonly proc?: string | undefined;
  readonly workingDirectory?: string | undefined;
  /** Entered when the root has been changed. */
  readonly join?: readonly JoinRequest[] | undefined;
  /** Capabilities stay through a change of uid until the program is executed. */
  readonly privileges?: Omit<Privileges, 'keepCapabilities'> | undefined;
  readonly limits?: ResourceLimits | undefined;
  /** PR_SET_TIMERSLACK. */
  readonly timerSlackNs?: number | bigint | undefined;
  /** Whether transparent huge pages may be used: PR_SET_THP_DISABLE. */
  readonly hugePages?: boolean | undefined;
  /** Do also what would change the namespaces we are in. */
  readonly unsafe?: boolean | undefined;
}

/** Namespaces that exist: of an open file or pidfd, of a file, or of a process by its /proc folder. */
export interface JoinRequest {
  readonly kinds: readonly NamespaceKind[];
  readonly from:
    | { readonly fd: number; readonly close?: boolean }
    | { readonly path: string }
    | { readonly procFolder: string };
}

/** Throws ERR_USAGE for what would be done to our own namespaces, or cannot work. */
export function checkLaunch(options: LaunchOptions): void {
  const { maps, namespaces = [], unsafe = false } = options;
  const broken = unsafe ? undefined : ofOurOwn(options).find(([isBroken]) => isBroken);
  if (broken !== undefined) throw new NskitError('ERR_USAGE', broken[1]);
  if (maps !== undefined && !namespaces.includes('user')) {
    throw new NskitError('ERR_USAGE', 'id maps need a new user namespace');
  }
}

function ofOurOwn(options: LaunchOptions): [broken: boolean, message: string][] {
  const { namespaces = [], hostname, propagation = 'slave', root, proc } = options;
  const hasMounts = namespaces.includes('mnt');
  const spreads = propagation === 'shared' || propagation === 'unchanged';
  const changes = options.propagation !== undefined && propagation !== 'unchanged';
  return [
    [hostname !== undefined && !namespaces.includes('uts'), 'a hostname needs a new uts namespace'],
    [root?.by === 'pivot' && !hasMounts, 'pivot_root needs a new mount namespace'],
    [changes && !hasMounts, 'propagation needs a new mount namespace'],
    [
      proc !== undefined && (!hasMounts || spreads),
      'a new proc needs a new mount namespace whose mounts are private or slave',
    ],
  ];
}
