/** `nskit forward`: a relay between two places, in the foreground or kept with a namespace. */
import type { Command } from 'commander';
import { NskitError, forwards, serveForward, type Forward } from '../../index.js';
import { age, columns } from '../columns.js';
import { print } from '../print.js';
import { writeError } from '../report.js';
import { stopSignal } from '../stop-signal.js';
import { parseNumber } from '../values.js';

interface Flags {
  readonly keep?: true;
  readonly list?: true | string;
  readonly remove?: number;
  readonly json?: true;
  readonly serve?: true;
}

export function define(command: Command): void {
  command
    .usage('[--keep] from to | --list [name] [--json] | --remove id')
    .argument('[from]', 'where to listen')
    .argument('[to]', 'where to connect, for each connection anew')
    .option('-k, --keep', 'go on in the background, until the namespace is deleted')
    .option('-l, --list [name]', 'list those that are kept')
    .option('-r, --remove <id>', 'end one that is kept, and cut its connections', parseNumber)
    .option('--json', 'with --list and --keep, as JSON')
    .addOption(command.createOption('--serve').hideHelp())
    .addHelpText('after', help)
    .action(async (from: string | undefined, to: string | undefined, flags: Flags) => {
      if (flags.list !== undefined) await list(flags, from);
      else if (flags.remove !== undefined) await forwards.remove(flags.remove);
      else await forward(ends(from, to), flags);
    });
}

function ends(from: string | undefined, to: string | undefined): [string, string] {
  if (from !== undefined && to !== undefined) return [from, to];
  throw new NskitError('ERR_USAGE', 'forward needs two ends', {
    hint: 'for example: nskit forward host:tcp:127.0.0.1:8080 lab:tcp:80',
  });
}

async function forward([from, to]: [string, string], flags: Flags): Promise<void> {
  if (flags.serve === true) {
    await serveForward(from, to, stopSignal());
  } else if (flags.keep === true) {
    const kept = await forwards.keep(from, to);
    if (flags.json === true) print(JSON.stringify(kept));
    else print(`${kept.id}  ${kept.from} -> ${kept.to}`);
  } else await foreground(await forwards.open(from, to, { onRefused: reportRefused() }));
}

async function list({ list: name, json }: Flags, stray: string | undefined): Promise<void> {
  if (stray !== undefined) throw new NskitError('ERR_USAGE', `${stray} is one word too many`);
  const found = await forwards.list(name === true ? undefined : name);
  if (json === true) print(JSON.stringify(found, undefined, 2));
  else {
    const rows = found.map(({ id, created, from, to, pid }) => {
      return [String(id), age(created, Date.now()), String(pid), from, to];
    });
    print(columns(['ID', 'AGE', 'PID', 'FROM', 'TO'], rows));
  }
}

/** Until a signal, which lets what is open come to its end; the second one cuts it. */
async function foreground(opened: Forward): Promise<void> {
  const cut = new AbortController();
  const stop = stopSignal(() => cut.abort());
  print(`${opened.from} -> ${opened.to}`);
  const gone = await opened.ended(stop);
  if (gone !== undefined) cut.abort();
  const { open } = opened.relay.counters;
  if (open > 0 && !cut.signal.aborted) {
    const what = open === 1 ? 'a connection' : `${open} connections`;
    writeError(`nskit: waiting for ${what} to end; another signal cuts what is open`);
  }
  await opened.relay.close({ signal: cut.signal });
  if (gone !== undefined) {
    throw new NskitError('ERR_NAME_UNKNOWN', `the namespace ${gone} was deleted`);
  }
}

/** Each reason once, until there is another. */
function reportRefused(): (reason: unknown) => void {
  let last = '';
  return (reason) => {
    const { message } = reason as Error;
    if (message !== last) writeError(`nskit: refused: ${message}`);
    last = message;
  };
}

const help = `
FROM and TO are NAME:tcp:[HOST:]PORT, NAME:udp:[HOST:]PORT, NAME:unix:/PATH or NAME:unix:@ABSTRACT;
an IPv6 address stands in brackets. The name "host" is where you are. Without an address FROM listens
on all addresses of a namespace, but only on 127.0.0.1 of the host; TO is localhost. Each end may be
in any namespace of yours, or in none; neither needs an uplink. UDP goes to UDP, TCP and Unix sockets
to either.

Each direction ends by itself, and a reset on one side is a reset on the other. When the target
refuses, the client's connection is reset.

In the foreground it goes on until it is interrupted, then waits for the connections that are open; a
second signal cuts them. With --keep it goes on until --remove, or until one of its namespaces is
deleted, and its number is printed.

Exit status: 0; 1 when it cannot listen, or a namespace was deleted meanwhile; 2 for bad usage.

Examples:
  nskit forward host:tcp:8080 lab:tcp:80
  nskit forward --keep host:tcp:[::1]:5353 lab:tcp:53
  nskit forward --keep lab:tcp:5432 host:unix:/run/postgresql/.s.PGSQL.5432
  nskit forward lab:udp:53 other:udp:127.0.0.1:5353
  nskit forward --list lab
  nskit forward --remove 1`;
