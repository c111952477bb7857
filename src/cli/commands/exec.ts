/** `nskit exec`: a program in a named namespace. Without options the launcher does it alone. */
import type { Command } from 'commander';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { join } from 'node:path';
import { NskitError, execProgram, namespaces, packageFolder } from '../../index.js';
import { typedName } from '../described.js';
import { runInPlace } from '../run-in-place.js';

interface Flags {
  readonly all?: boolean;
  readonly mapCurrent?: boolean;
  readonly wd?: string;
  readonly dryRun?: true;
}

export function define(command: Command): void {
  command
    .usage('[options] name [--] program [argument...]')
    .argument('<words...>', 'the name, then the program and its arguments')
    .option('--all', 'in every namespace, one after the other: give no name')
    .option('--map-current', 'be your own uid inside instead of 0 (without any capability)')
    .option('--wd <folder>', 'the working directory inside')
    .option('--dry-run', 'print the steps instead of taking them')
    .addHelpText('after', help)
    .action(async (words: string[], flags: Flags) => {
      if (flags.all === true) await inEvery(withoutDashes(words), flags);
      else inOne(words, flags);
    });
}

function inOne([name = '', ...rest]: readonly string[], flags: Flags): void {
  const program = withoutDashes(rest);
  if (program.length === 0) {
    throw new NskitError('ERR_USAGE', 'exec needs a program to run', {
      hint: `"nskit shell ${name}" starts a shell`,
    });
  }
  const { mapCurrent = false, wd } = flags;
  const steps = execProgram(name, {
    mapCurrent,
    ...(wd === undefined ? {} : { workingDirectory: wd }),
  });
  runInPlace(steps, { program, dryRun: flags.dryRun });
}

/**
 * A command of its own for each, so that a failure in one is reported as any other and does not keep
 * the next. The exit status is that of the first that failed.
 */
async function inEvery(program: readonly string[], flags: Flags): Promise<void> {
  if (program.length === 0) throw new NskitError('ERR_USAGE', 'exec --all needs a program to run');
  // A ^C at the terminal reaches the program too; we go on to report how it ended.
  process.on('SIGINT', () => undefined);
  let status = 0;
  for (const found of namespaces.list()) {
    const ended = await execIn(typedName(found), program, flags);
    if (status === 0) status = ended;
  }
  process.exitCode = status;
}

async function execIn(name: string, program: readonly string[], flags: Flags): Promise<number> {
  const { mapCurrent = false, wd, dryRun = false } = flags;
  const options = [
    ...(mapCurrent ? ['--map-current'] : []),
    ...(wd === undefined ? [] : ['--wd', wd]),
    ...(dryRun ? ['--dry-run'] : []),
  ];
  // What the launcher noted about our caller is not the program's to see.
  const { NSKIT_CALLER: _, ...env } = process.env;
  const nskit = join(packageFolder(), 'bin/nskit');
  const argv = ['exec', ...options, name, '--', ...program];
  const child = spawn(nskit, argv, { stdio: 'inherit', env });
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

function withoutDashes(words: readonly string[]): string[] {
  return words[0] === '--' ? words.slice(1) : [...words];
}

const help = `
The program keeps your working directory, environment, groups and terminal. Inside, uid 0 is you.
With --map-current it is your own uid, and once it runs it has no capability at all: no ip link set,
no tcpdump, no port below 1024.

Exit status: the program's, 128+n when signal n ended it; 125 when nskit failed, 126 when the
program cannot be run, 127 when it cannot be found. With --all, that of the first that failed.

Examples:
  nskit exec lab ip addr
  nskit exec lab -- sh -c 'echo $$'
  nskit exec --all ip -brief link
  nskit exec --map-current lab id
  nskit exec system:netns0 ip addr  one that root made, though you have your own netns0`;
