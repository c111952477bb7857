/** `nskit attach`: a name for the network namespace of a process. */
import type { Command } from 'commander';
import { attachProgram, namespaces } from '../../index.js';
import { printProgram } from '../dry-run.js';
import { parseNumber } from '../values.js';

export function define(command: Command): void {
  command
    .argument('<name>')
    .argument('<pid>', 'a process whose namespaces you may enter', parseNumber)
    .option('--dry-run', 'print the steps instead of taking them')
    .addHelpText('after', help)
    .action(async (name: string, pid: number, { dryRun }: { dryRun?: true }) => {
      if (dryRun === true) printProgram(attachProgram(name, pid));
      else await namespaces.attach(name, pid);
    });
}

const help = `
The user namespace that owns it is kept too. The namespace then outlives the process.

Examples:
  unshare -Urn sleep 1000 &
  nskit attach found $!
  nskit exec found ip addr`;
