/** A program in new namespaces, as unshare(1) starts it. */
import { NskitError } from '../errors/index.js';
import { execute, unshare, type Program, type Propagation } from '../native/index.js';
import { becomeUser, dropGroups, type Credentials } from './credentials.js';
import type { MapSteps } from './id-map.js';
import { keepInFiles, type KeptFile } from './kept-files.js';
import { describeKinds, flagsOf, kindWords, namespaceKinds, type NamespaceKind } from './kinds.js';
import { borrowSigchld } from './outside-helper.js';
import { requestedMapSteps, type RequestedMaps } from './requested-maps.js';
import { arrangeFileSystem, type FileSystemView, type RootChange } from './root-directory.js';
import { standIn, type StandIn } from './stand-in.js';
import { timeOffsetSteps, type TimeOffsets } from './time-offsets.js';

export interface UnshareOptions extends Credentials {
  /** The new namespaces; with a path, bound to that file, so that it lasts. */
  readonly namespaces: Partial<Record<NamespaceKind, true | { readonly keptIn: string }>>;
  /** Of a new user namespace. */
  readonly maps?: RequestedMaps;
  /** Of a new time namespace. */
  readonly clocks?: TimeOffsets;
  /** The program runs in a child; `killedBy` is the signal it gets when we die. */
  readonly fork?: boolean | { readonly killedBy: number };
  /** How mounts of a new mount namespace spread: by default not at all. */
  readonly propagation?: Propagation | 'unchanged';
  readonly root?: RootChange | undefined;
  /** Where a new proc is mounted. */
  readonly proc?: string | undefined;
  readonly workingDirectory?: string | undefined;
}

/** Ends by running the program that replaceProcess names. Throws ERR_USAGE, ERR_ID_MAP. */
export function unshareProgram(options: UnshareOptions): Program {
  const { namespaces, fork = false } = options;
  const kinds = namespaceKinds.filter((kind) => namespaces[kind] !== undefined);
  check(options);
  const maps = mapsOf(options);
  const kept = keepInFiles(keptFiles(options));
  const sigchld = borrowSigchld();
  const killChild = typeof fork === 'object' ? fork.killedBy : undefined;
  // A pid namespace can be bound only when it has its first process.
  const child = fork === false ? undefined : standIn({ meanwhile: kept.release, killChild });
  return [
    sigchld.take,
    // Before the new namespaces, because from inside neither could reach the old ones.
    ...maps.prepare,
    ...kept.prepare,
    ...(kinds.length === 0 ? [] : [unshare(sentenceFor(kinds), flagsOf(kinds))]),
    ...maps.apply,
    ...timeOffsetSteps(options.clocks ?? {}),
    ...(child?.fork ?? kept.release),
    ...arrangeFileSystem(viewOf(options)),
    ...(options.gid === undefined ? [] : [dropGroups()]),
    ...becomeUser(options),
    sigchld.giveBack,
    ...ready(child),
    execute(),
    ...maps.aside,
    ...kept.aside,
  ];
}

function sentenceFor(kinds: readonly NamespaceKind[]): string {
  const [only] = kinds;
  return kinds.length === 1 && only !== undefined
    ? `make a new ${kindWords[only]} namespace`
    : `make new ${describeKinds(kinds)} namespaces`;
}

function ready(child: StandIn | undefined): Program {
  return child?.ready ?? [];
}

function mapsOf({ namespaces, maps = {} }: UnshareOptions): MapSteps {
  if (namespaces.user === undefined) return { prepare: [], apply: [], aside: [] };
  return requestedMapSteps(maps);
}

function keptFiles({ namespaces }: UnshareOptions): KeptFile[] {
  return namespaceKinds.flatMap((kind) => {
    const wanted = namespaces[kind];
    return typeof wanted === 'object' ? [{ kind, path: wanted.keptIn }] : [];
  });
}

function viewOf(options: UnshareOptions): FileSystemView {
  const { namespaces, propagation = 'private', root, proc, workingDirectory } = options;
  const isNew = namespaces.mnt !== undefined && propagation !== 'unchanged';
  return { propagation: isNew ? propagation : undefined, root, proc, workingDirectory };
}

function check({ namespaces, maps, clocks, fork = false, ...rest }: UnshareOptions): void {
  const { mnt, pid, time, user } = namespaces;
  const isAsked = (value: object | undefined): boolean =>
    Object.values(value ?? {}).some((part) => part !== undefined);
  const rules: [broken: boolean, message: string][] = [
    [user === undefined && isAsked(maps), 'id maps and setgroups need a new user namespace'],
    [time === undefined && isAsked(clocks), 'clock offsets need a new time namespace'],
    [typeof pid === 'object' && fork === false, 'a pid namespace kept in a file needs --fork'],
    [rest.proc !== undefined && mnt === undefined, 'a new proc needs a new mount namespace'],
    [rest.root?.by === 'pivot' && mnt === undefined, 'pivot_root needs a new mount namespace'],
    [
      rest.root?.by === 'pivot' && rest.propagation === 'shared',
      'pivot_root is not possible with shared mounts',
    ],
  ];
  const broken = rules.find(([isBroken]) => isBroken);
  if (broken !== undefined) throw new NskitError('ERR_USAGE', broken[1]);
}
