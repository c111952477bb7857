/** Paths of a mount sequence: looked up once, through no symbolic link, and used by descriptor. */
import {
  jump,
  kernel,
  label,
  numbered,
  open,
  openResolving,
  orElse,
  type Block,
  type Label,
  type Program,
  type Step,
} from '../../native/index.js';

/** Where a path leads, as descriptors. */
export interface Looked {
  readonly steps: Program;
  readonly fd: Step;
}

export interface InFolder {
  readonly steps: Program;
  /** The folder, or the working directory when links may be followed. */
  readonly at: Step | number;
  /** In the folder. */
  readonly name: string;
}

/** ELOOP for a symbolic link, ENOTDIR for a component that is no directory. */
export function lookUp(path: string): Looked {
  const flags = kernel.O_PATH;
  const resolve = kernel.RESOLVE_NO_SYMLINKS;
  const fd = openResolving(`check ${path} for symbolic links`, path, { flags, resolve });
  return { steps: [fd], fd };
}

/** For what is not there yet. */
export function lookUpFolder(path: string, followLinks: boolean): InFolder {
  if (followLinks) return { steps: [], at: kernel.AT_FDCWD, name: path };
  const [, folder = '', name = path] = /^(.*?)([^/]*)\/*$/s.exec(path) ?? [];
  const flags = kernel.O_PATH | kernel.O_DIRECTORY;
  const resolve = kernel.RESOLVE_NO_SYMLINKS;
  const sentence = `check ${path} for symbolic links`;
  const opened = openResolving(sentence, folder === '' ? '.' : folder, { flags, resolve });
  const at = { ...opened, path };
  return { steps: [at], at, name: name === '' ? '.' : name };
}

export interface ByDescriptor {
  readonly target: string;
  readonly fd: Step | undefined;
  readonly source: string;
  readonly sourceFd: Step | undefined;
}

/**
 * Makes a call by the descriptors that were looked up, so that nobody can put a link in their place
 * in between; by the paths where /proc is not mounted or not ours.
 */
export function byDescriptor(
  { target, fd, source, sourceFd }: ByDescriptor,
  make: (target: string | Block, source: string | Block) => Step,
): { readonly steps: Program } {
  const given = [fd, sourceFd].filter((one) => one !== undefined);
  if (given.length === 0) return { steps: [make(target, source)] };
  const sentence = 'find our descriptors in /proc';
  const texts = new Map(given.map((one) => [one, numbered(sentence, '/proc/self/fd/', one)]));
  const textOf = (one: Step | undefined, path: string): string | Block =>
    (one === undefined ? undefined : texts.get(one)?.text) ?? path;
  const [noProc, done] = [label('there is no /proc'), label('the call is made')];
  return {
    steps: [
      ...[...texts.values()].flatMap(({ text, write }) => [write, probe(sentence, text, noProc)]),
      make(textOf(fd, target), textOf(sourceFd, source)),
      jump(done),
      noProc,
      make(target, source),
      done,
    ],
  };
}

function probe(sentence: string, path: Block, otherwise: Label): Step {
  return orElse(open(sentence, path, { flags: kernel.O_PATH }), otherwise);
}
