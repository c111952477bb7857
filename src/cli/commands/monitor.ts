/** `nskit monitor`: like `ip netns monitor`. */
import type { Command } from 'commander';
import { namespaces } from '../../index.js';
import { print } from '../print.js';

export function define(command: Command): void {
  command
    .option('--json', 'one JSON object a line')
    .addHelpText('after', help)
    .action(async ({ json = false }: { json?: boolean }) => {
      for await (const change of namespaces.watch()) {
        print(json ? JSON.stringify(change) : `${change.event} ${change.name}`);
      }
    });
}

const help = `
Goes on until it is interrupted.

Examples:
  nskit monitor
  nskit monitor --json | jq .name`;
