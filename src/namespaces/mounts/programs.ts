/** The steps of each part of a mount sequence, with what undoes it. */
import {
  attachMount,
  chdir,
  close,
  cloneMount,
  forgiving,
  jump,
  kernel,
  label,
  orElse,
  step,
  Block,
  type Program,
  type Step,
} from '../../native/index.js';
import { byDescriptor, lookUp, lookUpFolder, type InFolder } from './path.js';
import {
  bitsOf,
  mountFlags,
  unmountFlags,
  type ChangeDirectory,
  type MakeDirectory,
  type MakeLink,
  type MountOn,
  type Unmount,
} from './step.js';
import { ifDone, type Undo } from './undo.js';

const PROPAGATION = kernel.MS_SHARED | kernel.MS_SLAVE | kernel.MS_PRIVATE | kernel.MS_UNBINDABLE;

export function mountOn(wanted: MountOn, undo: Undo): Program {
  const bits = bitsOf(mountFlags, wanted.flags ?? []);
  const from = sourceOf(wanted, bits);
  const made = wanted.make === undefined ? [] : makePlace(wanted, wanted.make, undo);
  const on = targetOf(wanted);
  const looked = [...from.steps.map(guarded(undo)), ...made, ...on.steps.map(guarded(undo))];
  const { steps } = byDescriptor(
    { target: wanted.mount, fd: on.fd, source: from.source, sourceFd: from.fd },
    (where, what) => undo.guard(mountCall({ wanted, bits }, where, what)),
  );
  if (isNew(bits)) undo.add(unmountAgain(wanted, bits));
  const again = wanted.remount === true ? mountAgain(wanted, bits, undo) : [];
  return [...looked, ...steps, ...again];
}

interface Found {
  readonly steps: Program;
  /** Undefined: links may be followed, so the path will do. */
  readonly fd: Step | undefined;
}

function targetOf({ mount: target, followLinks = false }: MountOn): Found {
  return followLinks ? { steps: [], fd: undefined } : lookUp(target);
}

function sourceOf(wanted: MountOn, bits: number): Found & { readonly source: string } {
  const { source = 'none' } = wanted;
  const isPath = (bits & (kernel.MS_BIND | kernel.MS_MOVE)) !== 0 && isNew(bits);
  if (!checksSource(wanted, isPath)) return { source, steps: [], fd: undefined };
  const { steps, fd } = lookUp(source);
  // Of a device or a name, /proc/mounts must go on saying which.
  return { source, steps, fd: isPath ? fd : undefined };
}

/** Not a change of a mount that is there. */
function isNew(bits: number): boolean {
  return (bits & (kernel.MS_REMOUNT | PROPAGATION)) === 0;
}

function checksSource({ source, followSourceLinks }: MountOn, takesPath: boolean): boolean {
  if (source === undefined || followSourceLinks === true) return false;
  return followSourceLinks === false || takesPath || source.startsWith('/');
}

function guarded(undo: Undo): (item: Program[number]) => Program[number] {
  return (item) => ('sentence' in item ? undo.guard(item) : item);
}

function mountCall(
  { wanted, bits }: { wanted: MountOn; bits: number },
  target: string | Block,
  source: string | Block,
): Step {
  const { mount: path, source: from = 'none', type, data } = wanted;
  const args = [source, target, type ?? 0, bits, data ?? 0];
  return step(`mount ${from} on ${path}`, 'mount', args, { path });
}

/** A move goes back; anything else goes. */
function unmountAgain({ mount: target, source = 'none' }: MountOn, bits: number): Program {
  const back = `move ${target} back to ${source}`;
  if ((bits & kernel.MS_MOVE) !== 0) {
    return [step(back, 'mount', [target, source, 0, kernel.MS_MOVE, 0])];
  }
  const flags = kernel.MNT_DETACH | kernel.UMOUNT_NOFOLLOW;
  return [step(`unmount ${target} again`, 'umount2', [target, flags])];
}

/** Looked up once more, because what was found before lies below the mount now. */
function mountAgain(wanted: MountOn, bits: number, undo: Undo): Program {
  const on = targetOf(wanted);
  const again = { wanted, bits: (bits | kernel.MS_REMOUNT) & ~kernel.MS_REC };
  const { steps } = byDescriptor(
    { target: wanted.mount, fd: on.fd, source: 'none', sourceFd: undefined },
    (where, what) => undo.guard(mountCall(again, where, what)),
  );
  return [...on.steps.map(guarded(undo)), ...steps];
}

function makePlace(wanted: MountOn, what: 'directory' | 'file', undo: Undo): Program {
  const { mount: path, followLinks = false, mustBeNew = false } = wanted;
  const place = lookUpFolder(path, followLinks);
  const made = what === 'directory' ? makeFolder(place, path, 0o700) : makeFile(place, path);
  return [...place.steps.map(guarded(undo)), ...unlessThere(place, made, { undo, mustBeNew })];
}

interface Made {
  /** The first is the one that makes it, and answers 0. */
  readonly steps: readonly Step[];
  readonly undo: Program;
}

function makeFolder({ at, name }: InFolder, path: string, mode: number): Made {
  const make = step(`make the folder ${path}`, 'mkdirat', [at, name, mode], { path });
  const remove = step(`remove ${path} again`, 'unlinkat', [at, name, kernel.AT_REMOVEDIR]);
  return { steps: [make], undo: ifDone(make, [remove]) };
}

/** mknod(2) of a regular file, because it opens nothing and answers 0. */
function makeFile({ at, name }: InFolder, path: string): Made {
  const make = step(`make the file ${path}`, 'mknodat', [at, name, S_IFREG | 0o600, 0], { path });
  const remove = step(`remove ${path} again`, 'unlinkat', [at, name, 0]);
  return { steps: [make], undo: ifDone(make, [remove]) };
}

const S_IFREG = 0o100000;
/** struct statx. */
const STATX_SIZE = 256;

interface Making {
  readonly undo: Undo;
  readonly mustBeNew: boolean;
}

function unlessThere({ at, name }: InFolder, made: Made, { undo, mustBeNew }: Making): Program {
  const steps = made.steps.map((one) => undo.guard(one));
  undo.add(made.undo);
  if (mustBeNew) return steps;
  const [missing, there] = [label('it is missing'), label('it is there')];
  const args = [at, name, kernel.AT_SYMLINK_NOFOLLOW, 0, new Block(STATX_SIZE)];
  const look = step(`look for ${name}`, 'statx', args);
  return [orElse(look, missing), jump(there), missing, ...steps, there];
}

export function makeDirectory(wanted: MakeDirectory, undo: Undo): Program {
  const { makeDirectory: path, mode, mayExist = false, followLinks = false } = wanted;
  const place = lookUpFolder(path, followLinks);
  const made = makeFolder(place, path, 0o700);
  const setMode = step(`set the mode of ${path}`, 'fchmodat', [place.at, place.name, mode ?? 0], {
    path,
  });
  const steps = mode === undefined ? made.steps : [...made.steps, setMode];
  return [
    ...place.steps.map(guarded(undo)),
    ...unlessThere(place, { ...made, steps }, { undo, mustBeNew: !mayExist }),
  ];
}

/** A copy is kept before it goes, to be put back. */
export function unmount(wanted: Unmount, undo: Undo): Program {
  const { unmount: path, followLinks = false } = wanted;
  const flags = bitsOf(unmountFlags, wanted.flags ?? []);
  const checked = followLinks ? [] : checkOnly(path);
  const kept = forgiving(cloneMount(`keep the mount on ${path}`, path));
  const call = step(`unmount ${path}`, 'umount2', [path, flags], { path });
  const program = [
    ...checked.map(guarded(undo)),
    ...(undo.isWanted ? [kept] : []),
    undo.guard(call),
  ];
  undo.add([attachMount(`put back the mount on ${path}`, kept, path)]);
  return program;
}

/** Our own look at it would keep it busy. */
function checkOnly(path: string): Program {
  const { steps, fd } = lookUp(path);
  return [...steps, close('look away again', fd)];
}

export function makeLink(wanted: MakeLink, undo: Undo): Program {
  const { symlink: path, to, followLinks = false } = wanted;
  const place = lookUpFolder(path, followLinks);
  const make = step(`link ${path} to ${to}`, 'symlinkat', [to, place.at, place.name], { path });
  const program = [...place.steps.map(guarded(undo)), undo.guard(make)];
  undo.add([step(`remove ${path} again`, 'unlinkat', [place.at, place.name, 0])]);
  return program;
}

/** What is undone later belongs to the directory that was the working one then. */
export function changeDirectory(wanted: ChangeDirectory, undo: Undo): Program {
  const { changeDirectory: path, followLinks = false } = wanted;
  const flags = kernel.O_PATH | kernel.O_DIRECTORY;
  const before = step('remember the working directory', 'openat', [
    ...[kernel.AT_FDCWD, '.', flags | kernel.O_CLOEXEC, 0],
  ]);
  const to = lookUp(path);
  const change = followLinks
    ? [undo.guard(chdir(path))]
    : [
        ...to.steps.map(guarded(undo)),
        undo.guard(step(`change to ${path}`, 'fchdir', [to.fd], { path })),
      ];
  const program = [...(undo.isWanted ? [undo.guard(before)] : []), ...change];
  undo.add([step('go back to where we were', 'fchdir', [before])]);
  return program;
}
