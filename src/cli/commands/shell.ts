/** `nskit shell`: a shell in a named namespace, or in the base namespaces. */
import type { Command } from 'commander';
import {
  baseProgram,
  baseShellProgram,
  execProgram,
  stateDirectory,
  type Program,
} from '../../index.js';
import { runInPlace } from '../run-in-place.js';

interface Flags {
  readonly mapCurrent?: boolean;
  readonly dryRun?: true;
}

export function define(command: Command): void {
  command
    .argument('[name]', 'the namespace; the base namespaces when there is none')
    .option('--map-current', 'be your own uid inside instead of 0 (without any capability)')
    .option('--dry-run', 'print the steps instead of taking them')
    .addHelpText('after', help)
    .action(async (name: string | undefined, { mapCurrent = false, dryRun }: Flags) => {
      const base = (): ReturnType<typeof baseProgram> | Program =>
        // To describe it takes no base namespaces, and must start none.
        dryRun ? baseShellProgram(stateDirectory()) : baseProgram();
      const steps = name === undefined ? await base() : execProgram(name, { mapCurrent });
      runInPlace(steps, { program: [], dryRun });
    });
}

const help = `
The shell is $SHELL, else /bin/sh. Without a name it is in the base namespaces, which own all of your
names: there stock "ip netns list", "ip -n NAME link" and "ip link add ... netns NAME" work.

Examples:
  nskit shell lab
  nskit shell
    # ip link add v0 netns a type veth peer name v1 netns b`;
