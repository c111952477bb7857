/** `nskit show`: all about one name. */
import type { Command } from 'commander';
import {
  attachedUplinks,
  publishingText,
  resolveName,
  uplinks,
  type PublishedPort,
  type ResolvedName,
  type UplinkCounters,
} from '../../index.js';
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
      const uplink = described.uplink === null ? undefined : await describeUplink(name);
      const all = { found, described, network, uplink };
      if (json) print(JSON.stringify(everything(all), undefined, 2));
      else printText(all);
    });
}

interface DescribedUplink {
  readonly published: readonly PublishedPort[];
  readonly counters: UplinkCounters;
}

interface Shown {
  readonly found: ResolvedName;
  readonly described: Described;
  readonly network: DescribedNetwork | undefined;
  readonly uplink: DescribedUplink | undefined;
}

/** Undefined when it has ended meanwhile. */
async function describeUplink(name: string): Promise<DescribedUplink | undefined> {
  try {
    const place = { name };
    return {
      published: await uplinks.published(place),
      counters: await uplinks.counters(place),
    };
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_UPLINK_UNKNOWN') return undefined;
    throw error;
  }
}

function everything({ found, described, network, uplink }: Shown): object {
  const { record, path, userPath = null, inode } = found;
  const { hostname = null, isolated } = record;
  return {
    ...described,
    uplink: described.uplink === null ? null : { ...described.uplink, ...uplink },
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

function printText({ found, described, network, uplink }: Shown): void {
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
  for (const [label, values] of Object.entries({
    ...uplinkLines(uplink),
    ...networkLines(network),
  })) {
    values.forEach((value, i) => {
      print((i === 0 ? label : '').padEnd(12) + value);
    });
  }
  print('processes'.padEnd(12) + String(processes.length));
  for (const { pid, command } of processes) print(`${String(pid).padStart(10)}  ${command}`);
}

/** What it has counted, but for what never happened. */
function uplinkLines(uplink: DescribedUplink | undefined): Record<string, string[]> {
  if (uplink === undefined) return {};
  const { published, counters } = uplink;
  const counted = (counts: Readonly<Record<string, number>>): string[] =>
    Object.entries(counts).flatMap(([reason, n]) => (n === 0 ? [] : `${reason} ${n}`));
  return {
    published: published.map((port) => `${publishingText(port)} -> ${port.insidePort}`),
    dropped: counted(counters.drops),
    failed: counted(counters.failures),
  };
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
Of an uplink that the shared process carries, "dropped" is what went no further, by reason, and "failed"
what kept flows from existing, by errno.

Examples:
  nskit show lab
  nskit show --json lab`;
