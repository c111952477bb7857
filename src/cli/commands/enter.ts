/** `nskit enter`: the options of nsenter(1), and --dry-run. */
import { InvalidArgumentError, type Command } from 'commander';
import {
  NskitError,
  cgroupFile,
  differentNamespaces,
  enterProgram,
  environmentOf,
  groupId,
  idsOf,
  userId,
  type DirectorySource,
  type EnterOptions,
  type NamespaceSources,
} from '../../index.js';
import { attachedValuesOnly } from '../attached-values.js';
import {
  addNamespaceOptions,
  chosenNamespaces,
  optionOf,
  type NamespaceOptions,
} from '../namespace-options.js';
import { runInPlace } from '../run-in-place.js';
import { parseNumber } from '../values.js';

export interface EnterFlags extends NamespaceOptions {
  readonly target?: number;
  readonly all?: true;
  readonly netSocket?: number;
  readonly userParent?: true;
  readonly setuid?: number | 'follow';
  readonly setgid?: number | 'follow';
  readonly preserveCredentials?: true;
  readonly keepCaps?: true;
  readonly root?: true | string;
  readonly wd?: true | string;
  readonly wdns?: string;
  readonly env?: true;
  /** Commander's name for what --no-fork denies. */
  readonly fork: boolean;
  readonly joinCgroup?: true;
  readonly dryRun?: true;
}

export function define(command: Command): void {
  command
    .usage('[options] [program [argument...]]')
    .argument('[program...]', 'the program and its arguments; a shell when there is none')
    .option('-t, --target <pid>', 'the process whose namespaces are entered', parsePid)
    .option('-a, --all', 'all its namespaces that are not ours');
  addNamespaceOptions(command, 'its, or this');
  command
    .option('-N, --net-socket <fd>', 'the network namespace of this socket of it', parseNumber)
    .option('--user-parent', 'the user namespace that owns the others entered');
  addProcessOptions(command);
  command
    .option('--dry-run', 'print the steps instead of taking them')
    .addHelpText('after', help)
    .action((program: string[], flags: EnterFlags) => {
      const env = flags.env === true ? environmentOf(targetOf(flags, '--env')) : undefined;
      runInPlace(enterProgram(optionsOf(flags)), { program, dryRun: flags.dryRun, env });
    });
  attachedValuesOnly(command);
}

function addProcessOptions(command: Command): void {
  command
    .option('-S, --setuid <user>', 'become this user, or "follow" the process', orFollow(userId))
    .option('-G, --setgid <group>', 'become this group, or "follow" it', orFollow(groupId))
    .option('--preserve-credentials', 'stay who you are in another user namespace')
    .option('--keep-caps', 'let the program keep the capabilities of the user namespace')
    .option('-r, --root [directory]', 'its root directory, or this one')
    .option('-w, --wd [directory]', 'its working directory, or this one as seen from here')
    .option('-W, --wdns <directory>', 'change to this directory, as seen inside')
    .option('-e, --env', 'its environment')
    .option('-F, --no-fork', 'do not fork for a pid namespace: only children will be in it')
    .option('-c, --join-cgroup', 'join its cgroup');
}

function parsePid(text: string): number {
  const pid = parseNumber(text);
  if (pid === 0) throw new InvalidArgumentError('Processes are counted from 1.');
  return pid;
}

function orFollow(parse: (text: string) => number): (text: string) => number | 'follow' {
  return (text) => (text === 'follow' ? text : parse(text));
}

/** The process that an option without a value of its own is about. */
function targetOf({ target }: EnterFlags, option: string): number {
  if (target !== undefined) return target;
  throw new NskitError('ERR_USAGE', `${option} needs a process`, {
    hint: 'name one by --target PID',
  });
}

export function optionsOf(flags: EnterFlags): EnterOptions {
  const namespaces = sourcesOf(flags);
  const { root, joinCgroup, fork } = flags;
  return {
    namespaces,
    ...idsFor(flags, namespaces),
    preserveCredentials: flags.preserveCredentials ?? false,
    keepCapabilities: flags.keepCaps,
    root: root === undefined ? undefined : directory(root, flags, '--root'),
    workingDirectory: workingDirectory(flags),
    cgroup: joinCgroup === true ? cgroupFile(targetOf(flags, '--join-cgroup')) : undefined,
    fork: fork ? undefined : false,
  };
}

function sourcesOf(flags: EnterFlags): NamespaceSources {
  const { all, netSocket, userParent } = flags;
  const everything = all === true ? differentNamespaces(targetOf(flags, '--all')) : [];
  const named = Object.fromEntries<{ pid: number } | { path: string }>(
    chosenNamespaces(flags).map(([kind, file]) => [
      kind,
      file === true ? { pid: targetOf(flags, optionOf(kind)) } : { path: file },
    ]),
  );
  const socket =
    netSocket === undefined
      ? {}
      : { net: { socketOf: targetOf(flags, '--net-socket'), socket: netSocket } };
  return {
    ...Object.fromEntries(everything.map((kind) => [kind, { pid: targetOf(flags, '--all') }])),
    ...named,
    ...socket,
    ...(userParent === true ? { user: 'owner' } : {}),
  };
}

function idsFor(flags: EnterFlags, { user }: NamespaceSources): { uid?: number; gid?: number } {
  const { setuid, setgid } = flags;
  const followed = (option: string): { uid: number; gid: number } =>
    idsOf(targetOf(flags, option), user === undefined ? 'here' : 'inside');
  const uid = setuid === 'follow' ? followed('--setuid').uid : setuid;
  const gid = setgid === 'follow' ? followed('--setgid').gid : setgid;
  return { ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) };
}

function directory(value: true | string, flags: EnterFlags, option: string): DirectorySource {
  return value === true ? { pid: targetOf(flags, option) } : value;
}

function workingDirectory(flags: EnterFlags): EnterOptions['workingDirectory'] {
  const { wd, wdns } = flags;
  if (wd !== undefined && wdns !== undefined) {
    throw new NskitError('ERR_USAGE', '--wd and --wdns say the same thing twice');
  }
  if (wd !== undefined) return directory(wd, flags, '--wd');
  return wdns === undefined ? undefined : { inside: wdns };
}

const help = `
A namespace option with =FILE enters the namespace of that file: one kept by unshare, or a
/proc/PID/ns file. Entering a user namespace makes you root there, without other groups.

Examples:
  nskit enter -t 4711 -U -n --preserve-credentials   the network of "nskit unshare -Urn"
  nskit enter -t 4711 --all                          everything that is not yours already
  nskit enter --net=/run/netns/lab --user-parent --preserve-credentials ip addr
  sudo nskit enter -t 4711 -m -r -w ls               its files, where it is
  sudo nskit enter -t 4711 -N 5 ss -tn               the network of its socket, fd 5`;
