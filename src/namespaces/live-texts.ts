/**
 * Texts over files of /etc that can be changed while a program sees them. They lie in a tmpfs that is
 * mounted nowhere until the program's own mounts are made; then it is a layer of its /etc, whose files
 * this process has kept open. They are written in place, because an overlay does not look again for a
 * name that it has found, and a program inside may have the file open.
 */
import { ftruncateSync, fstatSync, writeSync } from 'node:fs';
import { cloneMount, runProgramAsync, tryCall, type Program, type Step } from '../native/index.js';
import { emptyFolder, layMount, writeBelow } from './etc-files.js';
import type { EtcTexts } from './etc-links.js';
import { privateMounts } from './join.js';
import type { Way } from './spawn.js';

/** Where it is while it is filled, in a mount namespace that nobody else is in. */
const STAGE = '/sys';

interface Making {
  readonly program: Program;
  /** The tmpfs. */
  readonly tree: Step;
  readonly files: ReadonlyMap<string, Step>;
}

function making(texts: EtcTexts): Making {
  const files = new Map<string, Step>();
  const program = [...privateMounts(), emptyFolder(STAGE)];
  for (const [path, text] of Object.entries(texts)) {
    const { file, steps } = writeBelow(STAGE, path, text);
    files.set(path, file);
    program.push(...steps);
  }
  const tree = cloneMount('keep the files of the inside', STAGE);
  return { program: [...program, tree], tree, files };
}

/** All steps, for those who only want to know. */
export function liveTextsProgram(texts: EtcTexts): Program {
  const { program, tree } = making(texts);
  return [...program, ...layMount(tree, texts)];
}

export class LiveTexts implements Disposable {
  readonly #texts: EtcTexts;
  readonly #tree: number;
  readonly #files: ReadonlyMap<string, number>;
  #isOver = false;

  private constructor(texts: EtcTexts, tree: number, files: ReadonlyMap<string, number>) {
    this.#texts = texts;
    this.#tree = tree;
    this.#files = files;
  }

  /** In the user namespace that `enter` leads to. Throws SyscallError; then nothing is left. */
  static async make({ enter }: Pick<Way, 'enter'>, texts: EtcTexts): Promise<LiveTexts> {
    const { program, tree, files } = making(texts);
    const keep = [tree, ...files.values()];
    const outcome = await runProgramAsync([...enter, ...program], { in: 'child-files', keep });
    const open = [...files].map(([path, file]) => [path, outcome.result(file)] as const);
    return new LiveTexts(texts, outcome.result(tree), new Map(open));
  }

  /** Steps of a program that has mounts of its own; once, because a mount has one place. */
  lay(): Program {
    return layMount(this.#tree, this.#texts);
  }

  /**
   * Another text from now on. Whoever reads meanwhile finds the old one, the new one, or the new one and
   * empty lines.
   */
  set(path: string, text: string): void {
    const fd = this.#files.get(path);
    if (fd === undefined || this.#isOver) return;
    writeInPlace(fd, text);
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const fd of [this.#tree, ...this.#files.values()]) tryCall('close', fd);
  }
}

/** In one write, as long as the old text at least: no reader finds half of one and half of the other. */
function writeInPlace(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  const longer = Math.max(0, fstatSync(fd).size - bytes.length);
  writeSync(fd, Buffer.concat([bytes, Buffer.alloc(longer, '\n')]), 0, null, 0);
  ftruncateSync(fd, bytes.length);
}
