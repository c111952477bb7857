/** `nskit list`: what names there are. */
import type { Command } from 'commander';
import {
  attachedUplinks,
  namespaces,
  type AttachedUplink,
  type ResolvedName,
} from '../../index.js';
import { age, columns } from '../columns.js';
import { describe, describeProcesses, ownerText, typedName } from '../described.js';
import {
  describeNetwork,
  networkJson,
  notableAddresses,
  type DescribedNetwork,
} from '../described-network.js';
import { namesOf } from '../network-json.js';
import { addressText, routeText } from '../network-text.js';
import { print } from '../print.js';

interface Flags {
  readonly long?: boolean;
  readonly json?: boolean;
}

export function define(command: Command): void {
  command
    .option('-l, --long', 'with devices, addresses, routes, processes and paths')
    .option('--json', 'as JSON')
    .addHelpText('after', help)
    .action(async ({ long = false, json = false }: Flags) => {
      const found = { names: namespaces.list(), attached: await attachedUplinks() };
      if (json) print(JSON.stringify(await asJson(found, long), undefined, 2));
      else print(long ? await longTable(found) : table(found));
    });
}

interface Found {
  readonly names: readonly ResolvedName[];
  readonly attached: readonly AttachedUplink[];
}

async function asJson({ names, attached }: Found, long: boolean): Promise<object[]> {
  if (!long) return names.map((one) => describe(one, attached));
  const all: object[] = [];
  for (const one of names) {
    const { path, userPath = null } = one;
    const network = networkJson(await describeNetwork(one));
    all.push({
      ...describe(one, attached),
      path,
      userPath,
      ...network,
      processes: describeProcesses(one),
    });
  }
  return all;
}

function table({ names, attached }: Found): string {
  const rows = names.map((one) => cells(one, attached));
  return columns(['NAME', 'AGE', 'OWNER', 'UPLINK'], rows);
}

function cells(found: ResolvedName, attached: readonly AttachedUplink[]): string[] {
  const { record, created } = found;
  const uplink = describe(found, attached).uplink?.device ?? '-';
  return [typedName(found), age(created, Date.now()), ownerText(record.owner), uplink];
}

/** Routes are those that lead out; the path comes last, because it is long. */
async function longTable({ names, attached }: Found): Promise<string> {
  const rows: string[][] = [];
  for (const one of names) {
    const network = networkCells(await describeNetwork(one));
    rows.push([
      ...cells(one, attached),
      ...network,
      String(describeProcesses(one).length),
      one.path,
    ]);
  }
  const head = ['LINKS', 'ADDRESSES', 'ROUTES', 'PROCESSES', 'PATH'];
  return columns(['NAME', 'AGE', 'OWNER', 'UPLINK', ...head], rows);
}

function networkCells(network: DescribedNetwork | undefined): string[] {
  if (network === undefined) return ['?', '?', '?'];
  const names = namesOf(network.links);
  const links = network.links.map(({ name }) => name);
  const routes = network.routes.filter(
    ({ via, nextHops }) => via !== undefined || nextHops.length > 0,
  );
  return [
    links,
    notableAddresses(network).map(addressText),
    routes.map((route) => routeText(route, names)),
  ].map((texts) => texts.join(', ') || '-');
}

const help = `
Your own names come first, then those that root made (system:NAME). The processes are those that can
be seen: a namespace may also be held by an open file of some process, which cannot.

Examples:
  nskit list
  nskit list --json | jq -r '.[].name'`;
