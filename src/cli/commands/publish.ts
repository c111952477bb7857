/** `nskit publish`: ports of the host's that lead into a name, and a list of them. */
import type { Command } from 'commander';
import { namespaces, publishProgram } from '../../index.js';
import { printProgram } from '../dry-run.js';
import { print } from '../print.js';
import { explainRefusals, portTable, printPorts, printPortsJson } from '../published-text.js';

interface Flags {
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

export function define(command: Command): void {
  command
    .usage('name [[address:]host[-host2]:inside[-inside2][/udp]...] [--json]')
    .argument('<name>')
    .argument('[ports...]', 'what to publish: all of it, or nothing; none: list what is published')
    .option('--json', 'as JSON')
    .option('--dry-run', 'print the steps instead of taking them')
    .addHelpText('after', help)
    .action(async (name: string, ports: readonly string[], { json = false, dryRun }: Flags) => {
      if (dryRun === true) printProgram(publishProgram(ports));
      else if (ports.length === 0) await list(name, json);
      else printPorts(await namespaces.get(name).uplink.publish(...ports), json);
    });
}

async function list(name: string, json: boolean): Promise<void> {
  const ports = await namespaces.get(name).uplink.published();
  if (json) {
    printPortsJson(ports);
    return;
  }
  print(portTable(ports));
  explainRefusals(ports);
}

const help = `
ADDRESS is 127.0.0.1 when not given, and an IPv6 one stands in brackets; 0.0.0.0 is IPv4 alone and [::]
IPv6 alone. HOST 0 is any free port. What the ports have become is printed. The name needs an uplink
(nskit add NAME --uplink, nskit uplink NAME), and the ports end with it.

A client keeps its address inside, unless it is on the host's loopback or in the namespace's own network:
then it is the gateway. A server that listens on 127.0.0.1 alone is reached when the uplink was made with
--publish-loopback. Host ports below 1024 are root's.

Examples:
  nskit publish lab 8080:80
  nskit publish lab 0.0.0.0:8000-8010:8000-8010 [::1]:0:53/udp
  nskit publish lab
  nskit publish --json lab | jq '.[].port'`;
