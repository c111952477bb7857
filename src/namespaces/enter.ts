/** A program in namespaces that exist already, as nsenter(1) starts it. */
import { NskitError } from '../errors/index.js';
import {
  Block,
  chdir,
  close,
  execute,
  expectEqual,
  expectNotEqual,
  forgiving,
  kernel,
  label,
  load32,
  open,
  orElse,
  setns,
  step,
  write,
  type Label,
  type Program,
} from '../native/index.js';
import { becomeUser, dropGroups, type Credentials } from './credentials.js';
import {
  checkSources,
  Sources,
  type DirectorySource,
  type NamespaceSources,
  type OpenedSource,
} from './enter-sources.js';
import { cloneFlags, kindWords, namespaceKinds } from './kinds.js';
import { borrowSigchld } from './outside-helper.js';
import { standIn } from './stand-in.js';

export interface EnterOptions extends Credentials {
  readonly namespaces: NamespaceSources;
  /** In another user namespace, stay who one is; otherwise one becomes 0, without groups. */
  readonly preserveCredentials?: boolean;
  /** Opened before anything is entered. */
  readonly root?: DirectorySource | undefined;
  /** Opened before anything is entered, or a path found after all is entered. */
  readonly workingDirectory?: DirectorySource | { readonly inside: string } | undefined;
  /** The cgroup.procs file of a cgroup to join, opened before anything is entered. */
  readonly cgroup?: string | undefined;
  /** By default only with another pid namespace, which children alone are in. */
  readonly fork?: boolean | undefined;
}

/** Ends by running the program that replaceProcess names. Throws when a source is not there. */
export function enterProgram(options: EnterOptions): Program {
  checkSources(options.namespaces);
  const { namespaces, fork = namespaces.pid !== undefined } = options;
  const sources = new Sources();
  const opened = openAll(sources, namespaces);
  const view = changeView(sources, options);
  const cgroup = joinCgroup(options.cgroup);
  const user = becomeInside(options);
  const sigchld = borrowSigchld();
  const child = fork ? standIn() : undefined;
  return [
    ...sources.steps,
    ...cgroup.before,
    ...user.before,
    ...enterAll(opened),
    ...view,
    ...(child === undefined ? [] : [sigchld.take, ...child.fork]),
    ...cgroup.after,
    ...user.after,
    ...(child === undefined ? [] : [sigchld.giveBack, ...child.ready]),
    execute(),
  ];
}

function openAll(sources: Sources, namespaces: NamespaceSources): OpenedSource[] {
  const opened = namespaceKinds.flatMap((kind) => {
    const source = namespaces[kind];
    return source === undefined || source === 'owner' ? [] : [sources.namespace(kind, source)];
  });
  if (namespaces.user !== 'owner') return opened;
  const first = opened.find(({ late }) => late.length === 0);
  if (first === undefined) {
    throw new NskitError('ERR_USAGE', 'whose user namespace? name another namespace beside it');
  }
  return [sources.owner(first.file), ...opened];
}

/**
 * Twice over all but the user namespace. Before it, because root loses its rights over everything
 * outside on entering one. After it, because an ordinary user gets rights there that it had not.
 */
function enterAll(opened: readonly OpenedSource[]): Program {
  const user = opened.find(({ kind }) => kind === 'user');
  const others = opened.filter(({ kind }) => kind !== 'user').sort(byOrder);
  if (user === undefined) return others.flatMap((other) => join(other));
  const twice = others.map((other) => joinEitherTime(other));
  return [
    ...twice.flatMap(({ before }) => before),
    ...join(user),
    ...twice.flatMap(({ after }) => after),
  ];
}

/** The mount namespace last: entering it changes what paths mean. */
function byOrder(a: OpenedSource, b: OpenedSource): number {
  const order = ['cgroup', 'ipc', 'uts', 'net', 'pid', 'time', 'mnt'];
  return order.indexOf(a.kind) - order.indexOf(b.kind);
}

function join({ kind, file, late }: OpenedSource): Program {
  return [...late, setns(`enter the ${kindWords[kind]} namespace`, file, cloneFlags[kind])];
}

function joinEitherTime(source: OpenedSource): { before: Program; after: Program } {
  const word = kindWords[source.kind];
  const later = label(`the ${word} namespace comes later`);
  const entered = label(`the ${word} namespace is entered`);
  const isEntered = new Block(4);
  const known = load32(`see whether the ${word} namespace is entered`, isEntered);
  return {
    before: [
      ...attempt(source, later),
      step(`the ${word} namespace is entered`, 'store32', [isEntered, 1]),
      later,
    ],
    after: [
      known,
      orElse(expectEqual(`unless the ${word} namespace is entered`, known, 0, 'EALREADY'), entered),
      ...join(source),
      entered,
    ],
  };
}

/** Copies, because a step (or a variation of it) can be in a program only once. */
function attempt({ kind, file, late }: OpenedSource, later: Label): Program {
  const copies = new Map(late.map((item) => [item, orElse({ ...item }, later, 'EPERM')]));
  const target = typeof file === 'number' ? file : (copies.get(file) ?? file);
  const sentence = `enter the ${kindWords[kind]} namespace, if we may already`;
  return [...copies.values(), orElse(setns(sentence, target, cloneFlags[kind]), later, 'EPERM')];
}

/** Directories opened before are a way out of the new root, and back into it: fchdir(2). */
function changeView(sources: Sources, { root, workingDirectory }: EnterOptions): Program {
  return [...changeRoot(sources, root), ...changeDirectory(sources, workingDirectory)];
}

function changeRoot(sources: Sources, root: EnterOptions['root']): Program {
  if (root === undefined) return [];
  const directory = sources.directory('open the root directory', root, 'root');
  return [
    step('change to the root directory', 'fchdir', [directory]),
    step('make it the root directory', 'chroot', ['.']),
  ];
}

function changeDirectory(sources: Sources, wanted: EnterOptions['workingDirectory']): Program {
  if (wanted === undefined) return [];
  if (typeof wanted === 'object' && 'inside' in wanted) return [chdir(wanted.inside)];
  const directory = sources.directory('open the working directory', wanted, 'cwd');
  return [step('change to the working directory', 'fchdir', [directory])];
}

interface BeforeAndAfter {
  readonly before: Program;
  readonly after: Program;
}

/** 0 stands for the process that writes it. */
function joinCgroup(path: string | undefined): BeforeAndAfter {
  if (path === undefined) return { before: [], after: [] };
  const file = open('open the cgroup', path, { flags: kernel.O_WRONLY });
  return {
    before: [file],
    after: [{ ...write('join the cgroup', file, '0'), path }, close('close the cgroup', file)],
  };
}

/**
 * Groups are dropped before and after the user namespace is entered: root may do it before, the
 * owner of a namespace with more than one group after. Only if both are refused is it an error.
 */
function becomeInside(options: EnterOptions): BeforeAndAfter {
  const { namespaces, preserveCredentials = false } = options;
  const isOther = namespaces.user !== undefined && !preserveCredentials;
  const { uid = isOther ? 0 : undefined, gid = isOther ? 0 : undefined } = options;
  const become = becomeUser({ ...options, uid, gid });
  if (gid === undefined) return { before: [], after: become };
  if (!isOther) return { before: [], after: [dropGroups(), ...become] };
  const early = forgiving(dropGroups(), 'EPERM');
  const dropped = label('the groups are dropped');
  return {
    before: [early],
    after: [
      orElse(expectNotEqual('unless they are dropped', early, 0, 'EALREADY'), dropped),
      {
        ...dropGroups(),
        sentence: 'drop the supplementary groups (--preserve-credentials keeps them)',
      },
      dropped,
      ...become,
    ],
  };
}
