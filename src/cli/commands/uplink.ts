/** `nskit uplink`: the internet for a namespace that is there, and the process that serves all. */
import type { Command } from 'commander';
import {
  serveUplinks,
  sharedUplinkProgram,
  uplinks,
  type UplinkOptions,
  type UplinkPlace,
} from '../../index.js';
import { printProgram } from '../dry-run.js';
import { printPorts } from '../published-text.js';
import { stopSignal } from '../stop-signal.js';
import { uplinkPlaceOf } from '../uplink-place.js';
import { addUplinkSettings, uplinkSettings, type UplinkFlags } from '../uplink-options.js';

interface Flags extends Omit<UplinkFlags, 'uplink'> {
  readonly target?: string;
  readonly stop?: true;
  readonly dryRun?: true;
  readonly serve?: true;
}

export function define(command: Command): void {
  command
    .usage('name | --target pid|path [options] [--stop]')
    .argument('[name]')
    .option('-t, --target <pid|path>', 'the network namespace of a process, or of a file')
    .option('--stop', 'end the uplink')
    .option('--dry-run', 'print the steps instead of taking them')
    .addOption(command.createOption('--serve').hideHelp())
    .addHelpText('after', help);
  addUplinkSettings(command);
  command.action(async (name: string | undefined, flags: Flags) => {
    if (flags.serve === true) await serveUplinks(stopSignal());
    else if (flags.stop === true) await uplinks.stop(uplinkPlaceOf(name, flags.target, 'uplink'));
    else if (flags.dryRun === true) printProgram(sharedUplinkProgram(uplinkSettings(flags)));
    else await attach(uplinkPlaceOf(name, flags.target, 'uplink'), uplinkSettings(flags));
  });
}

async function attach(place: UplinkPlace, options: UplinkOptions): Promise<void> {
  await uplinks.attach(place, options);
  if (options.publish !== undefined) printPorts(await uplinks.published(place), false);
}

const help = `
All uplinks of yours are served by one process. It is started with the first, belongs to no terminal,
and ends with the last. An uplink ends with --stop, and when its name is deleted, the process of
--target ends, or the file of --target goes. What ports --publish has become is printed.

Examples:
  nskit uplink lab
  nskit uplink lab --stop
  nskit uplink --target 4242 --deny all --allow 192.0.2.0/24:443`;
