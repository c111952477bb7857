/** What is executed, when that is not simply a name to be looked for inside. */
import {
  kernel,
  open,
  pointerTable,
  setCloseOnExec,
  step,
  type Block,
  type Program,
  type Step,
} from '../../native/index.js';
import { ALL_SEALS, executableMemory } from '../memory-file.js';
import type { Part } from './part.js';

/**
 * A file as seen inside; a file as seen outside, opened before; an open descriptor; or an empty file
 * in memory that the script writes, and that is sealed before it is executed.
 */
export type ProgramSource =
  | { readonly file: string }
  | { readonly outerFile: string }
  | { readonly descriptor: number }
  | 'memory';

export interface Executable extends Part {
  execute(argv: readonly string[], env: Block): Step;
}

export interface ExecutableOptions {
  /** Tells the script, and with `keepOpen` the program, which descriptor it is. */
  readonly variable: string;
  /** Scripts (`#!`) need it: their interpreter opens the descriptor. */
  readonly keepOpen: boolean;
}

export function executableOf(
  source: ProgramSource | undefined,
  options: ExecutableOptions,
): Executable {
  if (source === undefined) return { execute: byName };
  if (source === 'memory') return inMemory(options);
  if ('file' in source) return { execute: (argv, env) => byPath(source.file, argv, env) };
  if ('descriptor' in source) return opened(source.descriptor, options);
  const { outerFile } = source;
  const fd = open(`open ${outerFile}`, outerFile, { flags: kernel.O_NOCTTY });
  return opened(fd, options, [fd, setCloseOnExec('leave it open', fd, 0)]);
}

function byName(argv: readonly string[], env: Block): Step {
  const [path = ''] = argv;
  return step(`run ${path}`, 'execvpe', [pointerTable(argv), env], { path });
}

function byPath(path: string, argv: readonly string[], env: Block): Step {
  return step(`run ${path}`, 'execve', [path, pointerTable(argv), env], { path });
}

function opened(
  fd: Step | number,
  { variable, keepOpen }: ExecutableOptions,
  before: Program = [],
): Executable {
  const value = typeof fd === 'number' ? String(fd) : fd;
  const variables = [{ name: variable, value }];
  const sentence = 'keep the program’s own file from it';
  return {
    before,
    last: [setCloseOnExec(sentence, fd, keepOpen ? 0 : kernel.FD_CLOEXEC)],
    scriptVariables: variables,
    programVariables: keepOpen ? variables : [],
    execute: (argv, env) => {
      const args = [fd, '', pointerTable(argv), env, kernel.AT_EMPTY_PATH];
      const [path = ''] = argv;
      return step(`run ${path}`, 'execveat', args, { path });
    },
  };
}

function inMemory(options: ExecutableOptions): Executable {
  const sentence = 'make an empty file in memory';
  const flags = executableMemory(kernel.MFD_ALLOW_SEALING);
  const fd = step(sentence, 'memfd_create', ['program', flags], { opens: true });
  const part = opened(fd, options, [fd, step(sentence, 'fchmod', [fd, 0o755])]);
  const seal = step('seal the program', 'fcntl', [fd, kernel.F_ADD_SEALS, ALL_SEALS]);
  return { ...part, late: [seal] };
}
