/** Pieces of the host's file tree, copied as detached mounts, and where they are attached. */
import { dirname } from 'node:path';
import {
  Block,
  attachMount,
  cloneMount,
  createFile,
  forgiving,
  kernel,
  mkdir,
  step,
  type Program,
  type Step,
} from '../../native/index.js';

export interface Piece {
  readonly target: string;
  readonly isFolder: boolean;
  readonly tree: Step;
  /** Copies the mounts and restricts the copy; before the host's tree is left. */
  readonly take: Program;
}

export interface PieceOptions {
  readonly target?: string;
  readonly isFolder: boolean;
  /** MOUNT_ATTR_*, for every mount of the piece. */
  readonly attributes: number;
}

export function piece(source: string, options: PieceOptions): Piece {
  const { target = source, isFolder, attributes } = options;
  const tree = cloneMount(`take a copy of the mounts at ${source}`, source);
  return { target, isFolder, tree, take: [tree, restrict(source, tree, attributes)] };
}

/** mount_setattr(2) on everything below, because a mount below a read-only one is not. */
function restrict(source: string, tree: Step, attributes: number): Step {
  const words = BigUint64Array.of(BigInt(attributes), 0n, 0n, 0n);
  const block = new Block(new Uint8Array(words.buffer));
  const flags = kernel.AT_EMPTY_PATH | kernel.AT_RECURSIVE;
  const args = [tree, '', flags, block, block.bytes.length];
  return step(`restrict what is mounted at ${source}`, 'mount_setattr', args, { path: source });
}

/** Folders are made once; one that a piece of the host has already is as good. */
export class Tree {
  readonly #made = new Set(['/']);

  folder(path: string, mode = 0o755): Program {
    if (this.#made.has(path)) return [];
    this.#made.add(path);
    return [...this.folder(dirname(path)), forgiving(mkdir(path, mode), 'EEXIST')];
  }

  attach({ target, isFolder, tree }: Piece): Program {
    const place = isFolder
      ? this.folder(target)
      : [
          ...this.folder(dirname(target)),
          forgiving(createFile(`make a place for ${target}`, target, 0o644), 'EEXIST'),
        ];
    return [...place, attachMount(`show ${target}`, tree, target)];
  }
}
