/** `nskit add`: a network namespace with a name. */
import type { Command } from 'commander';
import {
  NskitError,
  addProgram,
  groupId,
  isRealRoot,
  namespaces,
  primaryGroup,
  sharedUplinkProgram,
  systemProgram,
  userId,
  type AddOptions,
  type EtcFile,
  type Owner,
  type UplinkOptions,
  type Bind,
} from '../../index.js';
import { printProgram } from '../dry-run.js';
import { interruptible } from '../interruptible.js';
import { printPorts } from '../published-text.js';
import { addUplinkOptions, uplinkOptions, type UplinkFlags } from '../uplink-options.js';

interface Flags extends UplinkFlags {
  readonly isolated?: true;
  readonly hostname?: string;
  readonly pid?: true;
  readonly uts?: true;
  readonly ipc?: true;
  readonly file?: readonly EtcFile[];
  readonly bind?: readonly Bind[];
  readonly roBind?: readonly Bind[];
  readonly owner?: string;
  readonly dryRun?: true;
}

export function define(command: Command): void {
  command
    .argument('<name>', 'letters, digits, ".", "_", "-"; 64 at most')
    .option('--hostname <name>', 'a hostname of its own (implies --uts)')
    .option('--pid', 'a pid namespace too; a small init process stays in it')
    .option('--uts', 'a uts namespace too')
    .option('--ipc', 'an ipc namespace too')
    .option(
      '--file <source:/etc/file>',
      'a copy of a file over /etc inside (repeatable)',
      fileOption,
    )
    .option('--isolated', 'for programs you do not trust: not your uid, not your files')
    .option(
      '--bind <source[:target]>',
      'with --isolated: a folder or file of the host (repeatable)',
      bindOption(true),
    )
    .option('--ro-bind <source[:target]>', 'the same, read-only (repeatable)', bindOption(false))
    .option('--owner <user[:group]>', 'as root: make it for this user (default: who called sudo)')
    .option('--dry-run', 'print the steps instead of taking them')
    .addHelpText('after', help);
  addUplinkOptions(command, 'a process that all your namespaces share');
  command.action(async (name: string, flags: Flags) => {
    const uplink = uplinkOptions(flags);
    if (isRealRoot() || flags.owner !== undefined) await addForOwner(name, flags);
    else await addOwn(name, flags, uplink);
  });
}

async function addOwn(
  name: string,
  flags: Flags,
  uplink: UplinkOptions | undefined,
): Promise<void> {
  const options = addOptions(flags);
  if (flags.dryRun === true) {
    const attach = uplink === undefined ? [] : sharedUplinkProgram(uplink);
    printProgram([...addProgram(name, options), ...attach]);
    return;
  }
  const made = await interruptible((signal) =>
    namespaces.add(name, { ...options, uplink, signal }),
  );
  if (uplink?.publish !== undefined) printPorts(await made.uplink.published(), false);
}

function addOptions(flags: Flags): AddOptions {
  const kinds = (['pid', 'uts', 'ipc'] as const).filter((kind) => flags[kind] === true);
  const binds = [...(flags.bind ?? []), ...(flags.roBind ?? [])];
  if (binds.length > 0 && flags.isolated !== true) {
    throw new NskitError('ERR_USAGE', '--bind and --ro-bind go with --isolated', {
      hint: 'a plain namespace sees the files of the host anyway',
    });
  }
  return {
    kinds,
    ...(flags.hostname === undefined ? {} : { hostname: flags.hostname }),
    ...(flags.file === undefined ? {} : { files: flags.file }),
    ...(flags.isolated === true ? { isolated: true, binds } : {}),
  };
}

async function addForOwner(name: string, flags: Flags): Promise<void> {
  const unfit = (
    ['isolated', 'hostname', 'pid', 'uts', 'ipc', 'file', 'bind', 'roBind', 'uplink'] as const
  ).find((flag) => flags[flag] !== undefined);
  if (unfit !== undefined) {
    throw new NskitError('ERR_USAGE', `--${unfit} does not go with a namespace that root makes`, {
      hint: 'such a one is a network and a user namespace; its owner adds the rest with "nskit unshare"',
    });
  }
  const owner = ownerOf(flags.owner);
  if (flags.dryRun === true) printProgram(systemProgram(name, owner));
  else await namespaces.addForOwner(name, owner);
}

/** USER, UID, USER:GROUP, UID:GID; by default whoever called sudo; else root itself. */
function ownerOf(text = callerOfSudo()): Owner {
  const [user = '', group, ...rest] = text.split(':');
  if (rest.length > 0) {
    throw new NskitError(
      'ERR_USAGE',
      `--owner ${text}: give USER or USER:GROUP, by name or number`,
    );
  }
  const uid = userId(user);
  return { uid, gid: group === undefined ? primaryGroup(user) : groupId(group) };
}

function callerOfSudo(): string {
  const { SUDO_UID: uid = '0', SUDO_GID: gid } = process.env;
  return gid === undefined ? uid : `${uid}:${gid}`;
}

function fileOption(text: string, before: readonly EtcFile[] = []): EtcFile[] {
  const at = text.lastIndexOf(':');
  if (at <= 0) throw new NskitError('ERR_USAGE', `--file ${text}: give SOURCE:/etc/FILE`);
  return [...before, { source: text.slice(0, at), target: text.slice(at + 1) }];
}

function bindOption(writable: boolean) {
  return (text: string, before: readonly Bind[] = []): Bind[] => {
    const [source = '', target = source] = text.split(':');
    return [...before, { source, target, writable }];
  };
}

const help = `
A program inside a plain namespace is you (uid 0 of a user namespace of yours): it isolates the
network of your own programs, and nothing else. --isolated is for programs you do not trust.

As root, the namespace is made for a user, in /run/netns and /run/userns: stock "ip netns" sees it,
and the owner enters without sudo.

Examples:
  nskit add lab
  nskit add lab --hostname lab --file ./resolv.conf:/etc/resolv.conf
  nskit add web --uplink --deny 10.0.0.0/8
  nskit add web --uplink --publish 8080:80
  nskit add box --isolated --ro-bind ~/project
  sudo nskit add netns0 --owner alice`;
