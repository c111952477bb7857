/**
 * What a program sees of the file system in a mount namespace of its own: how mounts spread, which
 * directory is the root, a /proc of its own, and where it starts.
 */
import {
  bindMount,
  chdir,
  forgiving,
  kernel,
  mount,
  setPropagation,
  step,
  unmount,
  type Program,
  type Propagation,
  type Step,
} from '../native/index.js';

/**
 * `chroot` changes only where paths begin. `pivot` makes the directory the root of the mount
 * namespace and lets go of everything else: nothing is left to escape to.
 */
export interface RootChange {
  readonly by: 'chroot' | 'pivot';
  readonly directory: string;
  /** With `pivot`: it is a mount already, made for this, and is not bound to itself first. */
  readonly isMount?: boolean | undefined;
}

export interface FileSystemView {
  /** Undefined: as it is. */
  readonly propagation?: Propagation | undefined;
  readonly root?: RootChange | undefined;
  /** Where a new proc is mounted, as seen in the new root. */
  readonly proc?: string | undefined;
  /** As seen in the new root; the root itself when there is a new one. */
  readonly workingDirectory?: string | undefined;
}

export function arrangeFileSystem(view: FileSystemView): Program {
  const { propagation, root, proc, workingDirectory } = view;
  const procSteps = proc === undefined ? [] : mountProc(proc);
  return [
    ...(propagation === undefined ? [] : [setPropagation('/', propagation)]),
    ...(root === undefined ? procSteps : changeRoot(root, procSteps)),
    ...(workingDirectory === undefined ? [] : [chdir(workingDirectory)]),
  ];
}

function changeRoot({ by, directory, isMount }: RootChange, procSteps: Program): Program {
  if (by === 'chroot') return [chroot(directory), chdir('/'), ...procSteps];
  return [
    // A root must be a mount, and not one that another user namespace has locked: so bind it.
    ...(isMount === true ? [] : [bindMount(directory, directory, true)]),
    chdir(directory),
    // The old root comes to lie on top of the new one, where the working directory still finds it.
    step(`make ${directory} the root`, 'pivot_root', ['.', '.']),
    // Before the old root goes, because the kernel allows a new proc only beside a visible one.
    ...procSteps,
    { ...unmount('.', kernel.MNT_DETACH), sentence: 'let go of the old root' },
    chdir('/'),
  ];
}

export function chroot(directory: string): Step {
  return step(`make ${directory} the root directory`, 'chroot', [directory], { path: directory });
}

function mountProc(target: string): Program {
  const flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC;
  return [
    // EINVAL: no mount there yet, so nothing that could spread.
    forgiving(setPropagation(target, 'private'), 'EINVAL'),
    mount(`mount proc on ${target}`, target, { source: 'proc', type: 'proc', flags }),
  ];
}
