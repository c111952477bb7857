/** `nskit delete`: names go, and their namespaces with them. */
import type { Command } from 'commander';
import { NskitError, deleteLeftovers, isRealRoot, namespaces } from '../../index.js';
import { reportError } from '../report.js';

interface Flags {
  readonly all?: boolean;
  readonly kill?: boolean;
}

export function define(command: Command): void {
  command
    .argument('[names...]')
    .option('--all', 'every name of yours')
    .option('--kill', 'kill the processes inside instead of refusing')
    .addHelpText('after', help)
    .action(async (names: string[], { all = false, kill = false }: Flags) => {
      if (all === names.length > 0) {
        throw new NskitError('ERR_USAGE', 'delete needs names, or --all and no name');
      }
      const wanted = all ? ownNames() : names;
      for (const name of wanted) await deleteOne(name, kill);
      // What a killed command left is no name any more, and would stay until the next change.
      if (all) await deleteLeftovers();
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
async function deleteOne(name: string, kill: boolean): Promise<void> {
  try {
    await namespaces.get(name).delete({ kill });
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
