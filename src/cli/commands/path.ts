/** `nskit path`: for tools that open namespace files themselves. */
import type { Command } from 'commander';
import { NskitError, resolveName } from '../../index.js';
import { print } from '../print.js';

export function define(command: Command): void {
  command
    .argument('<name>')
    .option('--user', 'of the user namespace that owns it')
    .addHelpText('after', help)
    .action((name: string, { user = false }: { user?: boolean }) => {
      const { path, userPath } = resolveName(name);
      if (!user) {
        print(path);
        return;
      }
      if (userPath === undefined) {
        throw new NskitError('ERR_WRONG_KIND', `${name} belongs to the initial user namespace`);
      }
      print(userPath);
    });
}

const help = `
The path is good while the pause process lives.

Examples:
  nsenter --user=$(nskit path lab --user) --net=$(nskit path lab) --preserve-credentials ip addr`;
