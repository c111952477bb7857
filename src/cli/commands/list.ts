/** `nskit list`: what names there are. */
import type { Command } from 'commander';
import { namespaces, type ResolvedName } from '../../index.js';
import { age, columns } from '../columns.js';
import { describe, describeProcesses, ownerText } from '../described.js';

interface Flags {
  readonly long?: boolean;
  readonly json?: boolean;
}

export function define(command: Command): void {
  command
    .option('-l, --long', 'with the processes inside, and the paths')
    .option('--json', 'as JSON')
    .addHelpText('after', help)
    .action(({ long = false, json = false }: Flags) => {
      const found = namespaces.list();
      if (json)
        console.log(
          JSON.stringify(
            found.map((one) => jsonOf(one, long)),
            undefined,
            2,
          ),
        );
      else console.log(long ? longTable(found) : table(found));
    });
}

function jsonOf(found: ResolvedName, long: boolean): object {
  if (!long) return describe(found);
  const { path, userPath = null } = found;
  return { ...describe(found), path, userPath, processes: describeProcesses(found) };
}

function table(found: readonly ResolvedName[]): string {
  return columns(['NAME', 'AGE', 'OWNER', 'UPLINK'], found.map(cells));
}

function cells({ name, system, record, created }: ResolvedName): string[] {
  return [system ? `system:${name}` : name, age(created, Date.now()), ownerText(record.owner), '-'];
}

function longTable(found: readonly ResolvedName[]): string {
  const rows = found.map((one) => {
    return [...cells(one), String(describeProcesses(one).length), one.path];
  });
  return columns(['NAME', 'AGE', 'OWNER', 'UPLINK', 'PROCESSES', 'PATH'], rows);
}

const help = `
Your own names come first, then those that root made (system:NAME). The processes are those that can
be seen: a namespace may also be held by an open file of some process, which cannot.

Examples:
  nskit list
  nskit list --json | jq -r '.[].name'`;
