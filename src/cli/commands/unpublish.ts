/** `nskit unpublish`: a port of the host's leads into a name no longer. */
import type { Command } from 'commander';
import { namespaces, unpublishProgram } from '../../index.js';
import { printProgram } from '../dry-run.js';

export function define(command: Command): void {
  command
    .usage('name [address:]host[-host2][/udp]')
    .argument('<name>')
    .argument('<port>', 'of the host: 8080, 8000-8010, 5353/udp, 0.0.0.0:8080')
    .option('--dry-run', 'print the steps instead of taking them')
    .addHelpText('after', help)
    .action(async (name: string, port: string, { dryRun }: { dryRun?: boolean }) => {
      if (dryRun === true) printProgram(unpublishProgram(port));
      else await namespaces.get(name).uplink.unpublish(port);
    });
}

const help = `
TCP connections that are open go on; who comes now is refused. Without an address the port is meant
whatever its address.

Examples:
  nskit unpublish lab 8080
  nskit unpublish lab 5353/udp`;
