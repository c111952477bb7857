/** `nskit run`: one program in namespaces of its own. */
import type { Command } from 'commander';
import { freshProgram, type FreshOptions } from '../../index.js';
import { runInPlace } from '../run-in-place.js';

interface Flags {
  readonly pid: boolean;
  readonly mapCurrent?: boolean;
  readonly hostname?: string;
  readonly wd?: string;
  readonly dryRun?: true;
}

export function define(command: Command): void {
  command
    .usage('[options] [--] [program [argument...]]')
    .argument('[program...]', 'the program and its arguments; a shell when there is none')
    .option('--no-pid', 'stay in the pid namespace of the host, and see its processes')
    .option('--map-current', 'be your own uid inside instead of 0 (without any capability)')
    .option('--hostname <name>', 'a hostname of its own')
    .option('--wd <folder>', 'the working directory')
    .option('--dry-run', 'print the steps instead of taking them')
    .addHelpText('after', help)
    .action((program: string[], flags: Flags) => {
      runInPlace(freshProgram(optionsOf(flags)), { program, dryRun: flags.dryRun });
    });
}

function optionsOf({ pid, mapCurrent = false, hostname, wd }: Flags): FreshOptions {
  return {
    pid,
    mapCurrent,
    ...(hostname === undefined ? {} : { hostname }),
    ...(wd === undefined ? {} : { workingDirectory: wd }),
  };
}

const help = `
The program has a user, a network, a mount and a pid namespace of its own, with the loopback
interface up. Inside, uid 0 is you: it isolates the network of your own programs, and nothing else.
With --no-pid, processes that the program leaves running go on.

Exit status: the program's, 128+n when signal n ended it; 125 when nskit failed, 126 when the
program cannot be run, 127 when it cannot be found.

Examples:
  nskit run -- ip addr
  nskit run                         a shell
  nskit run --map-current -- npm test`;
