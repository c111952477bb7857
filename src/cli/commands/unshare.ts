/** `nskit unshare`: the options of unshare(1), and --pivot-root and --dry-run. */
import type { Command } from 'commander';
import { constants } from 'node:os';
import {
  groupId,
  unshareProgram,
  userId,
  type RequestedRange,
  type UnshareOptions,
} from '../../index.js';
import { attachedValuesOnly } from '../attached-values.js';
import {
  addNamespaceOptions,
  chosenNamespaces,
  type NamespaceOptions,
} from '../namespace-options.js';
import { runInPlace } from '../run-in-place.js';
import { collectRanges, oneOf, parseSeconds, parseSignal } from '../values.js';

export interface UnshareFlags extends NamespaceOptions {
  readonly fork?: boolean;
  readonly killChild?: true | number;
  readonly mapUser?: number;
  readonly mapGroup?: number;
  readonly mapUsers?: readonly RequestedRange[];
  readonly mapGroups?: readonly RequestedRange[];
  readonly mapAuto?: true;
  readonly setgroups?: 'allow' | 'deny';
  readonly keepCaps?: true;
  readonly propagation?: 'private' | 'shared' | 'slave' | 'unchanged';
  readonly mountProc?: true | string;
  readonly root?: string;
  readonly pivotRoot?: string;
  readonly wd?: string;
  readonly setuid?: number;
  readonly setgid?: number;
  readonly monotonic?: number;
  readonly boottime?: number;
  readonly dryRun?: true;
}

export function define(command: Command): void {
  command
    .usage('[options] [program [argument...]]')
    .argument('[program...]', 'the program and its arguments; a shell when there is none');
  addNamespaceOptions(command, 'a new');
  addProcessOptions(command);
  addMapOptions(command);
  addFileSystemOptions(command);
  addCredentialOptions(command);
  command
    .option('--dry-run', 'print the steps instead of taking them')
    .addHelpText('after', help)
    .action((program: string[], flags: UnshareFlags) => {
      runInPlace(unshareProgram(optionsOf(flags)), { program, dryRun: flags.dryRun });
    });
  attachedValuesOnly(command);
}

function addProcessOptions(command: Command): void {
  command
    .option('-f, --fork', 'run the program in a child, as its own pid namespace wants it')
    .option('--kill-child [signal]', 'kill that child when nskit dies (with --fork)', parseSignal)
    .option('--monotonic <seconds>', 'move CLOCK_MONOTONIC of the time namespace', parseSeconds)
    .option('--boottime <seconds>', 'move CLOCK_BOOTTIME of the time namespace', parseSeconds);
}

/** The last of the options that say who we are inside counts. */
function addMapOptions(command: Command): void {
  const ranges = 'inside:outside:count';
  command
    .option('--map-user <user>', 'be this user inside, by name or uid', userId)
    .option('--map-group <group>', 'be this group inside, by name or gid', groupId)
    .option('-r, --map-root-user', 'be root inside')
    .option('-c, --map-current-user', 'be the same user and group inside')
    .option(`--map-users <${ranges}>`, 'map more users: a range, "auto" or "all"', collectRanges)
    .option(`--map-groups <${ranges}>`, 'map more groups: a range, "auto" or "all"', collectRanges)
    .option('--map-auto', 'map the subordinate ids from 0 on')
    .option('--setgroups <allow|deny>', 'whether setgroups(2) works inside', oneOf('allow', 'deny'))
    .on('option:map-root-user', () => {
      command.setOptionValue('mapUser', 0).setOptionValue('mapGroup', 0);
    })
    .on('option:map-current-user', () => {
      command.setOptionValue('mapUser', process.geteuid?.());
      command.setOptionValue('mapGroup', process.getegid?.());
    });
}

function addFileSystemOptions(command: Command): void {
  const propagations = oneOf('private', 'shared', 'slave', 'unchanged');
  command
    .option('--mount-proc [directory]', 'mount a proc of the new pid namespace, with --mount')
    .option('--propagation <kind>', 'private (default), shared, slave or unchanged', propagations)
    .option('-R, --root <directory>', 'make it the root directory, by chroot(2)')
    .option('--pivot-root <directory>', 'make it the root of the mounts, with --mount')
    .option('-w, --wd <directory>', 'change to this directory, as seen inside');
}

function addCredentialOptions(command: Command): void {
  command
    .option('-S, --setuid <user>', 'run the program as this user', userId)
    .option('-G, --setgid <group>', 'run it as this group, without others', groupId)
    .option('--keep-caps', 'let the program keep the capabilities of the user namespace');
}

export function optionsOf(flags: UnshareFlags): UnshareOptions {
  const chosen = Object.fromEntries<true | { keptIn: string }>(
    chosenNamespaces(flags).map(([kind, file]) => [kind, file === true ? file : { keptIn: file }]),
  );
  const { monotonic, boottime, pivotRoot } = flags;
  const chroot =
    flags.root === undefined ? undefined : ({ by: 'chroot', directory: flags.root } as const);
  return {
    namespaces: { ...impliedNamespaces(flags), ...chosen },
    maps: mapsOf(flags),
    clocks: {
      ...(monotonic === undefined ? {} : { monotonic }),
      ...(boottime === undefined ? {} : { boottime }),
    },
    fork: forkOf(flags),
    propagation: flags.propagation ?? 'private',
    root: pivotRoot === undefined ? chroot : { by: 'pivot', directory: pivotRoot },
    proc: flags.mountProc === true ? '/proc' : flags.mountProc,
    workingDirectory: flags.wd,
    uid: flags.setuid,
    gid: flags.setgid,
    keepCapabilities: flags.keepCaps,
  };
}

function impliedNamespaces(flags: UnshareFlags): UnshareOptions['namespaces'] {
  const { mapUser, mapGroup, mapUsers, mapGroups, mapAuto, mountProc, pivotRoot } = flags;
  const needsUser = [mapUser, mapGroup, mapUsers, mapGroups, mapAuto].some((v) => v !== undefined);
  const needsMount = [mountProc, pivotRoot].some((value) => value !== undefined);
  return { ...(needsUser ? { user: true } : {}), ...(needsMount ? { mnt: true } : {}) };
}

function mapsOf({ mapAuto, ...flags }: UnshareFlags): UnshareOptions['maps'] & object {
  const auto = mapAuto === true ? (['auto'] as const) : [];
  const isAsked = [flags.mapUser, flags.mapUsers, flags.mapGroup, flags.mapGroups, mapAuto];
  return {
    ...(isAsked.every((value) => value === undefined)
      ? {}
      : {
          users: { own: flags.mapUser, ranges: [...auto, ...(flags.mapUsers ?? [])] },
          groups: { own: flags.mapGroup, ranges: [...auto, ...(flags.mapGroups ?? [])] },
        }),
    setgroups: flags.setgroups,
  };
}

function forkOf({ fork = false, killChild }: UnshareFlags): boolean | { killedBy: number } {
  if (killChild === undefined) return fork;
  return { killedBy: killChild === true ? constants.signals.SIGKILL : killChild };
}

const help = `
A namespace option with =FILE keeps the new namespace: it is bound to that file, which must exist.
Signals sent to nskit reach the program of --fork.

Examples:
  nskit unshare -Urn                      a shell with a network of its own, as root inside
  nskit unshare -U whoami                 a user namespace where nobody is mapped
  nskit unshare -Urpf --mount-proc ps     a process list with nobody else in it
  nskit unshare -r --map-auto chown 1:1 f  with subordinate users and groups beside root
  nskit unshare -r --pivot-root ./rootfs /bin/sh
  sudo nskit unshare --net=/run/lab true  keep a network namespace; umount /run/lab ends it`;
