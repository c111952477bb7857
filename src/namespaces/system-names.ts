/**
 * Names made by root for a user: plain nsfs mounts in /run/netns and /run/userns, which last until
 * reboot. Stock `ip netns` sees them; the user who owns the user namespace enters with no sudo.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { NskitError } from '../errors/index.js';
import {
  Block,
  bindMount,
  bringUpLoopback,
  createFile,
  exit,
  expectEqual,
  expectSuccess,
  forgiving,
  fork,
  kernel,
  label,
  mkdir,
  mount,
  numbered,
  open,
  orElse,
  pipe,
  runProgramAsync,
  step,
  unlink,
  unmount,
  unshare,
  write,
  type Program,
  type Step,
} from '../native/index.js';
import { pipeEnds } from './base.js';
import { namespaceInode } from './clean-up.js';
import { formatIdMap, singleId } from './id-map.js';
import { NamespaceFile } from './namespace-file.js';
import type { NameRecord } from './record.js';
import { SYSTEM_NET_FOLDER, SYSTEM_USER_FOLDER } from './target.js';

export const SYSTEM_PREFIX = 'system:';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface SystemName {
  readonly name: string;
  readonly path: string;
  /** Undefined: it belongs to the initial user namespace, as `ip netns add` makes them. */
  readonly userPath: string | undefined;
  readonly owner: Owner;
  readonly inode: number;
}

/** Every name in /run/netns, sorted. */
export function systemNames(): SystemName[] {
  if (!existsSync(SYSTEM_NET_FOLDER)) return [];
  const names = readdirSync(SYSTEM_NET_FOLDER).sort();
  return names.flatMap((name) => findSystemName(name) ?? []);
}

export function findSystemName(name: string): SystemName | undefined {
  const path = join(SYSTEM_NET_FOLDER, name);
  const inode = namespaceInode(path);
  if (inode === undefined) return undefined;
  const userPath = join(SYSTEM_USER_FOLDER, name);
  const owned = owns(namespaceInode(userPath), path);
  return {
    name,
    path,
    userPath: owned ? userPath : undefined,
    owner: owned ? ownerOf(userPath) : { uid: 0, gid: 0 },
    inode,
  };
}

/** `ip netns delete` leaves the user namespace, and the name may have been given again since. */
function owns(user: number | undefined, path: string): boolean {
  if (user === undefined) return false;
  const inode = networkOwner(path);
  // From inside another user namespace it cannot be told.
  return inode === undefined || inode === user;
}

/** The inode of the user namespace that owns this network namespace. */
export function networkOwner(path: string): number | undefined {
  try {
    using network = NamespaceFile.open(path, 'net');
    using owner = network.owner();
    return owner.inode;
  } catch {
    return undefined;
  }
}

function ownerOf(userPath: string): Owner {
  try {
    using user = NamespaceFile.open(userPath, 'user');
    const uid = user.ownerUid();
    return { uid, gid: uid };
  } catch {
    // Out of reach, or gone meanwhile.
    return { uid: 0, gid: 0 };
  }
}

/** The record that describes a system name to the code that enters it. */
export function systemRecord(found: SystemName): NameRecord {
  return {
    name: found.name,
    created: 0,
    kinds: found.userPath === undefined ? [] : ['user'],
    isolated: false,
    files: false,
    owner: found.owner,
  };
}

/** Throws ERR_NAME_EXISTS. */
export function checkIsNewSystemName(name: string): void {
  if (findSystemName(name) !== undefined) {
    throw new NskitError('ERR_NAME_EXISTS', `there is a namespace ${name} in /run/netns already`, {
      hint: `use another name, or "sudo nskit delete ${name}" first`,
    });
  }
  for (const folder of [SYSTEM_NET_FOLDER, SYSTEM_USER_FOLDER]) {
    const path = join(folder, name);
    if (!existsSync(path)) continue;
    throw new NskitError('ERR_NAME_EXISTS', `there is a file ${path} that nskit did not make`, {
      hint: `use another name, or "sudo umount ${path}; sudo rm ${path}" first`,
    });
  }
}

export interface MakeSystemNameOptions {
  /** For tests: the process that makes it kills itself after this many steps. */
  readonly killAfter?: number | undefined;
}

/** Makes one, as root. After an error there may be a part of it. */
export async function makeSystemName(
  name: string,
  owner: Owner,
  { killAfter }: MakeSystemNameOptions = {},
): Promise<void> {
  await runProgramAsync(systemProgram(name, owner), {
    in: 'fork',
    ...(killAfter === undefined ? {} : { killAfter }),
  });
}

const systemFolders = [SYSTEM_NET_FOLDER, SYSTEM_USER_FOLDER];

export async function deleteSystemName(name: string, folders?: readonly string[]): Promise<void> {
  await runProgramAsync(deleteSystemProgram(name, folders), { in: 'child' });
}

export function deleteSystemProgram(
  name: string,
  folders: readonly string[] = systemFolders,
): Program {
  const steps = folders.flatMap((folder) => {
    const path = join(folder, name);
    return [forgiving(unmount(path)), forgiving(unlink(path), 'ENOENT')];
  });
  return [...steps, exit(0)];
}

/**
 * A child becomes the user, makes the namespaces (so the user owns them) and waits; root maps the
 * user's id to 0 inside and binds both namespaces; then the child brings lo up and ends.
 */
export function systemProgram(name: string, owner: Owner): Program {
  const [made, go] = [pipe('make a pipe from the child'), pipe('make a pipe to the child')];
  const child = label('the child that is the owner');
  const started = fork('start a child', child);
  const [madeRead, madeWrite] = pipeEnds(made.fds);
  const [goRead, goWrite] = pipeEnds(go.fds);
  const heard = step('wait for the namespaces', 'read', [madeRead, new Block(8), 1]);
  return [
    step('make folders that everybody may enter', 'umask', [0o022]),
    ...sharedFolder(SYSTEM_NET_FOLDER),
    ...sharedFolder(SYSTEM_USER_FOLDER),
    made.make,
    go.make,
    madeRead,
    madeWrite,
    goRead,
    goWrite,
    started,
    step('leave the pipe to the child', 'close', [madeWrite]),
    heard,
    expectEqual('wait for the namespaces', heard, 1, 'ECHILD'),
    ...mapAndBind(name, owner, started),
    write('tell the child to finish', goWrite, '.'),
    ...expectSuccess('wait for the child', started),
    exit(0),
    child,
    ...becomeOwner(owner),
    unshare('make the user and network namespaces', kernel.CLONE_NEWUSER | kernel.CLONE_NEWNET),
    write('say that they are made', madeWrite, '.'),
    step('leave our copy of the pipe', 'close', [goWrite]),
    ...awaitByte('wait for the id maps', goRead),
    ...bringUpLoopback(),
    exit(0),
  ];
}

function awaitByte(sentence: string, fd: Step): Program {
  const got = step(sentence, 'read', [fd, new Block(8), 1]);
  return [got, expectEqual(sentence, got, 1, 'ECHILD')];
}

/** The effective uid decides who owns the user namespace; the real one may stay root's. */
function becomeOwner({ uid, gid }: Owner): Program {
  return [
    step(`become gid ${gid}`, 'setresgid', [gid, gid, gid]),
    step(`become uid ${uid}`, 'setresuid', [-1, uid, -1]),
  ];
}

function mapAndBind(name: string, { uid, gid }: Owner, child: Step): Program {
  const folder = numbered('find the child', '/proc/', child);
  const flags = kernel.O_PATH | kernel.O_DIRECTORY;
  const proc = open('open the child’s /proc folder', folder.text, { flags });
  const writeMap = (file: string, text: string): Program => {
    const sentence = `write the child’s ${file}`;
    const opened = open(sentence, file, { at: proc, flags: kernel.O_WRONLY });
    return [opened, write(sentence, opened, text), step(sentence, 'close', [opened])];
  };
  return [
    folder.write,
    proc,
    ...writeMap('setgroups', 'deny'),
    ...writeMap('uid_map', formatIdMap(singleId(0, uid))),
    ...writeMap('gid_map', formatIdMap(singleId(0, gid))),
    ...bindFrom(proc, 'net', join(SYSTEM_NET_FOLDER, name)),
    ...bindFrom(proc, 'user', join(SYSTEM_USER_FOLDER, name)),
  ];
}

/** Like `mount --bind /proc/CHILD/ns/net /run/netns/NAME`, through an fd of the folder. */
function bindFrom(proc: Step, kind: 'net' | 'user', path: string): Program {
  const sentence = `bind the ${kind} namespace to ${path}`;
  const enter = step(sentence, 'fchdir', [proc], { path });
  const placeholder = createFile(`make ${path}`, path, 0o444);
  return [
    placeholder,
    step(sentence, 'close', [placeholder]),
    enter,
    bindMount(`ns/${kind}`, path),
  ];
}

/** As iproute2 prepares /run/netns: a shared mount, so that every mount namespace sees the names. */
function sharedFolder(folder: string): Program {
  const shared = label(`${folder} is shared`);
  const missing = label(`${folder} is no mount point yet`);
  const share = (): Step =>
    mount(`make ${folder} a shared mount`, folder, { flags: kernel.MS_SHARED | kernel.MS_REC });
  return [
    forgiving(mkdir(folder), 'EEXIST'),
    orElse(share(), missing, 'EINVAL'),
    step('go on', 'jump', [], { recovery: { goTo: shared } }),
    missing,
    mount(`bind ${folder} to itself`, folder, {
      source: folder,
      flags: kernel.MS_BIND | kernel.MS_REC,
    }),
    share(),
    shared,
  ];
}
