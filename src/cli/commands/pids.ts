/** `nskit pids`: like `ip netns pids`. */
import type { Command } from 'commander';
import { resolveName } from '../../index.js';
import { describeProcesses } from '../described.js';
import { print } from '../print.js';

export function define(command: Command): void {
  command
    .argument('<name>')
    .option('--json', 'as JSON, with the command lines')
    .addHelpText('after', help)
    .action((name: string, { json = false }: { json?: boolean }) => {
      const processes = describeProcesses(resolveName(name));
      if (json) print(JSON.stringify(processes, undefined, 2));
      else for (const { pid } of processes) print(String(pid));
    });
}

const help = `
These are the processes that can be found: one of another user, and a namespace that is only held by
an open file, cannot be seen.

Examples:
  nskit pids lab
  nskit pids lab | xargs -r kill`;
