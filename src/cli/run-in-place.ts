/** How unshare and enter end: by becoming the program, or by saying how they would. */
import { replaceProcess, type Program } from '../index.js';
import { printProgram } from './dry-run.js';

export interface InPlace {
  readonly program: readonly string[];
  readonly dryRun?: boolean | undefined;
  /** NAME=VALUE instead of our own environment. */
  readonly env?: readonly string[] | undefined;
}

export function runInPlace(steps: Program, { program, dryRun = false, env }: InPlace): void {
  if (dryRun) {
    printProgram(steps);
    return;
  }
  const argv = program.length > 0 ? program : [shell(env)];
  replaceProcess(steps, env === undefined ? { argv } : { argv, env });
}

/** What runs when no program is named. */
export function shell(env?: readonly string[]): string {
  const inherited = env?.find((text) => text.startsWith('SHELL='))?.slice('SHELL='.length);
  const found = env === undefined ? process.env['SHELL'] : inherited;
  return found === undefined || found === '' ? '/bin/sh' : found;
}
