/** `nskit delete`: names go, and their namespaces with them. */
import type { Command } from 'commander';
import { NskitError, deleteLeftovers, deleteProgram, isRealRoot, namespaces } from '../../index.js';
import { printProgram } from '../dry-run.js';
import { reportError } from '../report.js';

interface Flags {
  readonly all?: boolean;
  readonly kill?: boolean;
  readonly dryRun?: true;
}

export function define(command: Command): void {
  command
    .argument('[names...]')
    .option('--all', 'every name of yours')
    .option('--kill', 'kill the processes inside instead of refusing')
    .option('--dry-run', 'print the steps instead of taking them')
    .addHelpText('after', help)
    .action(async (names: string[], { all = false, kill = false, dryRun }: Flags) => {
      if (all === names.length > 0) {
        throw new NskitError('ERR_USAGE', 'delete needs names, or --all and no name');
      }
      const wanted = all ? ownNames() : names;
      for (const name of wanted) {
        await orReport(async () => {
          if (dryRun === true) printProgram(deleteProgram(name, { kill }));
          else await namespaces.get(name).delete({ kill });
        });
      }
      // What a killed command left is no name any more, and would stay until the next change.
      if (all && dryRun !== true) await deleteLeftovers();
    });
}

/** As root, every name there is; else one's own. */
function ownNames(): string[] {
  const isRoot = isRealRoot();
  return namespaces
    .list()
    .filter(({ system }) => isRoot || !system)
    .map(({ name }) => name);
}

/** One that cannot be deleted does not keep the others. */
async function orReport(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    reportError(error);
    process.exitCode = 1;
  }
}

const help = `
Refuses while processes are inside. Nothing is deleted by halves: a name is whole, or gone.

Examples:
  nskit delete lab
  nskit delete --kill lab other
  nskit delete --all`;
