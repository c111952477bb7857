/** `nskit attach`: a name for the network namespace of a process. */
import type { Command } from 'commander';
import { namespaces } from '../../index.js';
import { parseNumber } from '../values.js';

export function define(command: Command): void {
  command
    .argument('<name>')
    .argument('<pid>', 'a process whose namespaces you may enter', parseNumber)
    .addHelpText('after', help)
    .action(async (name: string, pid: number) => {
      await namespaces.attach(name, pid);
    });
}

const help = `
The user namespace that owns it is kept too. The namespace then outlives the process.

Examples:
  unshare -Urn sleep 1000 &
  nskit attach found $!
  nskit exec found ip addr`;
