/**
 * The file tree of an isolated namespace: a list of what is there, so that whatever is not named
 * is hidden (homes, runtime directories, sockets, the state directory).
 *
 * Its mount namespace belongs to the *base* user namespace, not to the one inside: root inside has
 * no say over these mounts and cannot remount, move or remove one. In a mount namespace of its own
 * that it makes inside, the kernel locks what it copies.
 */
import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import {
  chdir,
  forgiving,
  kernel,
  label,
  mount,
  orElse,
  rmdir,
  setPropagation,
  step,
  symlink,
  unmount,
  unshare,
  type Program,
} from '../../native/index.js';
import type { CheckedBind } from './binds.js';
import { etcPieces } from './etc.js';
import { Tree, piece, type Piece } from './tree.js';

/** Programs and what they need; a link (/bin, where it is one) stays a link. */
const hostFolders = [
  ...['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/opt'],
  ...['/nix/store', '/gnu/store'],
];
const devices = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];
const deviceLinks: readonly (readonly [name: string, target: string])[] = [
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
];
/** Root's inside, and empty. */
const ownFolders: readonly (readonly [path: string, mode: string])[] = [
  ['/tmp', '1777'],
  ['/run', '0755'],
  ['/var', '0755'],
  ['/root', '0700'],
  ['/dev/shm', '1777'],
];

/** The old root, while it is needed. */
const OLD_ROOT = '/.host';
const STAGE = '/tmp';

const { MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV, MOUNT_ATTR_NOEXEC } = kernel;
const TMPFS_FLAGS = kernel.MS_NOSUID | kernel.MS_NODEV;

export interface RootOptions {
  readonly binds: readonly CheckedBind[];
  readonly etcFolders: readonly string[];
  /** What the base calls uid and gid 0 of the inside. */
  readonly owner: { readonly uid: number; readonly gid: number };
}

/** In a new mount namespace that starts as the caller's; ends with the old root at /.host. */
export function buildRoot({ binds, etcFolders, owner }: RootOptions): Program {
  const host = hostFolders.filter((path) => existsSync(path) && !isLink(path)).map(hostPiece);
  const nodes = devices.map((name) => `/dev/${name}`).filter((path) => existsSync(path));
  const etc = etcPieces(etcFolders);
  const [devicePieces, bindPieces] = [nodes.map(devicePiece), binds.map(bindPiece)];
  const taken = [...host, ...devicePieces, ...etc.pieces, ...bindPieces];
  const tree = new Tree();
  return [
    unshare('copy the mount namespace', kernel.CLONE_NEWNS),
    // Before anything is copied, because a mount that the host makes later would appear writable.
    setPropagation('/', 'private'),
    step('let modes be what they say', 'umask', [0]),
    ...taken.flatMap(({ take }) => take),
    ...enterNewRoot(),
    ...host.flatMap((each) => tree.attach(each)),
    ...etc.apply(OLD_ROOT, tree),
    ...hostLinks(),
    ...ownFolders.flatMap(([path, mode]) => ownFolder(tree, path, { mode, owner })),
    ...['/home', '/proc', '/sys'].flatMap((path) => tree.folder(path)),
    ...tree.folder('/var/tmp', 0o1777),
    symlink('/run', '/var/run'),
    symlink('/run/lock', '/var/lock'),
    ...devicePieces.flatMap((each) => tree.attach(each)),
    ...deviceLinks.map(([name, target]) => symlink(target, `/dev/${name}`)),
    ...terminals(tree),
    ...bindPieces.flatMap((each) => tree.attach(each)),
  ];
}

function isLink(path: string): boolean {
  return lstatSync(path).isSymbolicLink();
}

function hostPiece(source: string): Piece {
  const attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  return piece(source, { isFolder: true, attributes });
}

function devicePiece(source: string): Piece {
  return piece(source, { isFolder: false, attributes: MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC });
}

function bindPiece({ source, target, isFolder, writable }: CheckedBind): Piece {
  const always = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  const attributes = writable ? always : always | MOUNT_ATTR_RDONLY;
  return piece(source, { target, isFolder, attributes });
}

function hostLinks(): Program {
  return hostFolders
    .filter((path) => existsSync(path) && isLink(path))
    .map((path) => symlink(readlinkSync(path), path));
}

/** From here on a path is one of the new tree, so no link in it can lead to the host's. */
function enterNewRoot(): Program {
  const [stage, old] = [STAGE, `${STAGE}${OLD_ROOT}`];
  const options = { source: 'nskit', type: 'tmpfs', flags: TMPFS_FLAGS, data: 'mode=0755' };
  return [
    mount('mount an empty root', stage, options),
    step(`make the folder ${old}`, 'mkdirat', [kernel.AT_FDCWD, old, 0o700], { path: old }),
    step('change the root', 'pivot_root', [stage, old]),
    chdir('/'),
  ];
}

interface Owned {
  readonly mode: string;
  readonly owner: RootOptions['owner'];
}

function ownFolder(tree: Tree, path: string, { mode, owner }: Owned): Program {
  const data = `mode=${mode},uid=${owner.uid},gid=${owner.gid}`;
  const options = { source: 'nskit', type: 'tmpfs', flags: TMPFS_FLAGS, data };
  return [...tree.folder(path), mount(`make ${path} an empty folder`, path, options)];
}

/** Where it is refused there are no terminals to be made inside; the caller's own is not affected. */
function terminals(tree: Tree): Program {
  const refused = label('no terminals');
  return [
    ...tree.folder('/dev/pts'),
    orElse(
      mount('mount terminals', '/dev/pts', {
        source: 'devpts',
        type: 'devpts',
        flags: kernel.MS_NOSUID | kernel.MS_NOEXEC,
        data: 'newinstance,ptmxmode=0666,mode=0620',
      }),
      refused,
    ),
    symlink('pts/ptmx', '/dev/ptmx'),
    refused,
  ];
}

/**
 * In the pid and network namespace they show, and before the old root goes: the kernel grants a
 * new proc or sysfs only where one is visible in full. Without a sysfs /sys stays empty.
 */
export function mountKernelFolders(): Program {
  const flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC;
  const sysfs = { source: 'sysfs', type: 'sysfs', flags: flags | kernel.MS_RDONLY };
  return [
    mount('mount a proc of the pid namespace', '/proc', { source: 'proc', type: 'proc', flags }),
    forgiving(mount('mount a sysfs of the network namespace', '/sys', sysfs), 'EPERM'),
  ];
}

export function leaveOldRoot(): Program {
  return [unmount(OLD_ROOT), rmdir(OLD_ROOT)];
}
