/** `nskit show`: all about one name. */
import type { Command } from 'commander';
import { namespaces, type ResolvedName } from '../../index.js';
import { age } from '../columns.js';
import { describe, describeProcesses, ownerText } from '../described.js';

export function define(command: Command): void {
  command
    .argument('<name>')
    .option('--json', 'as JSON')
    .addHelpText('after', help)
    .action((name: string, { json = false }: { json?: boolean }) => {
      const found = namespaces.get(name).details();
      if (json) console.log(JSON.stringify(everything(found), undefined, 2));
      else print(found);
    });
}

function everything(found: ResolvedName): object {
  const { record, path, userPath = null, inode } = found;
  const { hostname = null, isolated } = record;
  return {
    ...describe(found),
    kinds: ['net', ...record.kinds],
    hostname,
    isolated,
    inode,
    path,
    userPath,
    processes: describeProcesses(found),
  };
}

function print(found: ResolvedName): void {
  const { record, path, userPath = '-', inode } = found;
  const processes = describeProcesses(found);
  const lines = {
    name: found.system ? `system:${found.name}` : found.name,
    age: age(found.created, Date.now()),
    owner: ownerText(record.owner),
    namespaces: ['net', ...record.kinds].join(' '),
    ...(record.hostname === undefined ? {} : { hostname: record.hostname }),
    ...(record.isolated ? { isolated: 'yes' } : {}),
    inode: String(inode),
    path,
    'user path': userPath,
    processes: String(processes.length),
  };
  for (const [label, value] of Object.entries(lines)) console.log(label.padEnd(12) + value);
  for (const { pid, command } of processes) console.log(`${String(pid).padStart(10)}  ${command}`);
}

const help = `
Examples:
  nskit show lab
  nskit show --json lab`;
