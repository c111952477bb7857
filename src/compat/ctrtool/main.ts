/** `ctrtool`: which applet is meant, by its own name or by that of a link to it. */
import { readFileSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { packageFolder } from '../../index.js';
import { GetoptError } from '../getopt.js';
import { writeError } from '../write-error.js';
import { applets, missingApplets } from './applets.js';
import type { Call } from './call.js';
import { explainFailure } from './failure.js';
import { helpOf, overview } from './help.js';
import { UsageError } from './usage.js';

/** What the original exits with when it finds no applet, and for a bad command line. */
const NO_APPLET = 255;
const USAGE = 1;

/** Whoever starts Node itself, without the launcher, means the command. */
function readCall(calledAs: string, words: readonly string[]): Call {
  const name = basename(calledAs);
  const override = Number(process.env['CTRTOOL_OVERRIDE_ARGV0_LOOKUP'] ?? 0) > 0;
  const isCommand = override || /^(ctrtool|exe$|node$)/.test(name);
  const [applet = '', ...args] = isCommand ? words : [name, ...words];
  if (applet !== 'escape') return { name: applet, args, escaped: false };
  const [escaped = '', ...rest] = args;
  return { name: escaped, args: rest, escaped: true };
}

async function run(call: Call): Promise<number> {
  const { name, args, escaped } = call;
  if (name === '') return complain(escaped ? 'ctrtool escape: which applet?' : overview);
  if (name === '--help' || name === '--version')
    return say(name === '--help' ? overview : version());
  const load = Object.hasOwn(applets, name) ? applets[name] : undefined;
  if (load === undefined) return complain(whyNot(name));
  if (args[0] === '--help') return say(helpOf(name));
  try {
    return await (await load()).run(call);
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof GetoptError)) throw error;
    writeError(error.message);
    return USAGE;
  }
}

function whyNot(name: string): string {
  if (name === 'escape') return 'ctrtool: escape is given once';
  if (missingApplets.includes(name)) {
    const has = 'it has launcher, mount_seq and ns_open_file';
    return `ctrtool: the applet ${name} is not part of nskit: ${has}`;
  }
  const hint = 'CTRTOOL_OVERRIDE_ARGV0_LOOKUP=1 says that the name of the program is no applet’s';
  return `ctrtool: there is no applet ${name} (${hint})`;
}

function say(text: string): number {
  writeSync(1, `${text}\n`);
  return 0;
}

function complain(text: string): number {
  writeError(text);
  return NO_APPLET;
}

function version(): string {
  const text = readFileSync(join(packageFolder(), 'package.json'), 'utf8');
  return `ctrtool of nskit ${(JSON.parse(text) as { version: string }).version}`;
}

async function main(words: readonly string[]): Promise<void> {
  const [first, ...rest] = words;
  process.exitCode =
    first === '--failed'
      ? explainFailure(process.argv0, rest)
      : await run(readCall(process.argv0, words));
}

void main(process.argv.slice(2));
