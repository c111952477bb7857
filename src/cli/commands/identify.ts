/** `nskit identify`: like `ip netns identify`. */
import type { Command } from 'commander';
import { NskitError, namespaces, networkInode } from '../../index.js';
import { print } from '../print.js';
import { parseNumber } from '../values.js';

export function define(command: Command): void {
  command
    .argument('[pid]', 'the process; this one when not given', parseNumber)
    .option('--json', 'as JSON')
    .addHelpText('after', help)
    .action((pid: number | undefined, { json = false }: { json?: boolean }) => {
      if (networkInode(pid ?? 'self') === undefined) {
        throw new NskitError(
          'ERR_NOT_A_NAMESPACE',
          `process ${pid} is gone, or is not yours to see`,
        );
      }
      const name = namespaces.identify(pid ?? 'self');
      if (json) print(JSON.stringify({ pid: pid ?? process.pid, name: name ?? null }));
      else if (name !== undefined) print(name);
    });
}

const help = `
Prints nothing when the process is in none of the named namespaces.

Examples:
  nskit identify 4711
  nskit exec lab nskit identify`;
