/**
 * One command line: only the module of the command that is named gets loaded, so that a small
 * command starts as fast as Node does.
 */
import { Command, CommanderError } from 'commander';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../index.js';
import { commandTable, type CommandEntry } from './command-table.js';
import { reportError } from './report.js';

/** Exit statuses of our own failures: env(1)'s where a program is run, else 1 and 2. */
const statuses = {
  program: { failure: 125, usage: 125 },
  plain: { failure: 1, usage: 2 },
};

export async function runCommandLine(args: readonly string[]): Promise<void> {
  const [name = '', ...rest] = args;
  const entry = Object.hasOwn(commandTable, name) ? commandTable[name] : undefined;
  const status = statuses[entry?.runsProgram === true ? 'program' : 'plain'];
  try {
    if (entry === undefined) await overview().parseAsync([...args], { from: 'user' });
    else await (await loaded(name, entry)).parseAsync(rest, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : status.usage;
      return;
    }
    reportError(error);
    process.exitCode = isUsageError(error)
      ? status.usage
      : (programStatus(error) ?? status.failure);
  }
}

function isUsageError(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return code === 'ERR_USAGE' || code === 'ERR_NAME_INVALID';
}

/** Of a program that could not be run, as env(1) has them. */
function programStatus(error: unknown): number | undefined {
  const { syscall, code } = error as { syscall?: unknown; code?: unknown };
  if (syscall !== 'execve') return undefined;
  return code === 'ENOENT' ? 127 : 126;
}

async function loaded(name: string, entry: CommandEntry): Promise<Command> {
  const command = styled(new Command(`nskit ${name}`)).description(entry.summary);
  // A program's own options, after its name, are not ours.
  if (entry.runsProgram === true) command.passThroughOptions();
  (await entry.load()).define(command);
  return command;
}

/** `nskit`, `nskit --help`, `nskit help COMMAND`, and a word that is no command of ours. */
function overview(): Command {
  const root = styled(new Command('nskit'))
    .description('Private network stacks, and every other Linux namespace, without root.')
    .version(version(), '-V, --version', 'print the version')
    .addHelpText('after', examples)
    .helpCommand(false);
  for (const [name, { summary }] of Object.entries(commandTable)) {
    root.command(name).description(summary);
  }
  root
    .command('help [command]')
    .description('show the help of a command')
    .action(async (name?: string) => {
      const entry = name === undefined ? undefined : commandTable[name];
      if (entry === undefined) root.help();
      else (await loaded(name ?? '', entry)).help();
    });
  return root;
}

function styled(command: Command): Command {
  return command.exitOverride().showSuggestionAfterError(true).showHelpAfterError(false);
}

const examples = `
Examples:
  nskit run -- ip addr              a program in a network of its own; nothing is left behind
  nskit add lab                     a network namespace with a name, until it is deleted
  nskit exec lab python3 -m http.server
  nskit shell lab                   a shell in it, from as many terminals as you like
  nskit list
  nskit delete lab

"nskit COMMAND --help" has each command's options and examples.`;

function version(): string {
  const text = readFileSync(join(packageFolder(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
