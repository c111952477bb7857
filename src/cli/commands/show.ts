/** `nskit show`: all about one name. */
import type { Command } from 'commander';
import { attachedUplinks, resolveName, type ResolvedName } from '../../index.js';
import { age } from '../columns.js';
import { describe, describeProcesses, ownerText, typedName, type Described } from '../described.js';
import { describeNetwork, networkJson, type DescribedNetwork } from '../described-network.js';
import { namesOf } from '../network-json.js';
import { addressText, linkName, routeText } from '../network-text.js';
import { print } from '../print.js';

export function define(command: Command): void {
  command
    .argument('<name>')
    .option('--json', 'as JSON')
    .addHelpText('after', help)
    .action(async (name: string, { json = false }: { json?: boolean }) => {
      const found = resolveName(name);
      const network = await describeNetwork(found);
      const described = describe(found, await attachedUplinks());
      if (json) print(JSON.stringify(everything(found, described, network), undefined, 2));
      else printText(found, described, network);
    });
}

function everything(
  found: ResolvedName,
  described: Described,
  network: DescribedNetwork | undefined,
): object {
  const { record, path, userPath = null, inode } = found;
  const { hostname = null, isolated } = record;
  return {
    ...described,
    kinds: ['net', ...record.kinds],
    hostname,
    isolated,
    inode,
    path,
    userPath,
    ...networkJson(network),
    processes: describeProcesses(found),
  };
}

function printText(
  found: ResolvedName,
  described: Described,
  network: DescribedNetwork | undefined,
): void {
  const { record, path, userPath = '-', inode } = found;
  const processes = describeProcesses(found);
  const lines = {
    name: typedName(found),
    age: age(found.created, Date.now()),
    owner: ownerText(record.owner),
    namespaces: ['net', ...record.kinds].join(' '),
    ...(record.hostname === undefined ? {} : { hostname: record.hostname }),
    ...(record.isolated ? { isolated: 'yes' } : {}),
    ...(described.uplink === null ? {} : { uplink: described.uplink.device }),
    inode: String(inode),
    path,
    'user path': userPath,
  };
  for (const [label, value] of Object.entries(lines)) print(label.padEnd(12) + value);
  for (const [label, values] of Object.entries(networkLines(network))) {
    values.forEach((value, i) => {
      print((i === 0 ? label : '').padEnd(12) + value);
    });
  }
  print('processes'.padEnd(12) + String(processes.length));
  for (const { pid, command } of processes) print(`${String(pid).padStart(10)}  ${command}`);
}

/** Each device with its addresses, then the routes. */
function networkLines(network: DescribedNetwork | undefined): Record<string, string[]> {
  if (network === undefined) return {};
  const names = namesOf(network.links);
  const links = network.links.map((link) => {
    const own = network.addresses.filter(({ device }) => device === link.index).map(addressText);
    return [linkName(link, names), link.up ? 'up' : 'down', ...own].join(' ');
  });
  return { links, routes: network.routes.map((route) => routeText(route, names)) };
}

const help = `
Examples:
  nskit show lab
  nskit show --json lab`;
