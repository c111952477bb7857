/** `nskit path`: for tools that open namespace files themselves. */
import type { Command } from 'commander';
import { NskitError, namespaces } from '../../index.js';

export function define(command: Command): void {
  command
    .argument('<name>')
    .option('--user', 'of the user namespace that owns it')
    .addHelpText('after', help)
    .action((name: string, { user = false }: { user?: boolean }) => {
      const { path, userPath } = namespaces.get(name).details();
      if (!user) {
        console.log(path);
        return;
      }
      if (userPath === undefined) {
        throw new NskitError('ERR_WRONG_KIND', `${name} belongs to the initial user namespace`);
      }
      console.log(userPath);
    });
}

const help = `
The path is good while the pause process lives.

Examples:
  nsenter --user=$(nskit path lab --user) --net=$(nskit path lab) --preserve-credentials ip addr`;
