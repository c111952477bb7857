/** `nskit run`: one program in namespaces of its own. */
import type { Command } from 'commander';
import { freshProgram, roomProgram, runInFront, type FreshOptions } from '../../index.js';
import { printProgram } from '../dry-run.js';
import { runInPlace, shell } from '../run-in-place.js';
import { addUplinkOptions, uplinkOptions, type UplinkFlags } from '../uplink-options.js';

interface Flags extends UplinkFlags {
  readonly pid: boolean;
  readonly mapCurrent?: boolean;
  readonly hostname?: string;
  readonly wd?: string;
  readonly dryRun?: true;
}

export function define(command: Command): void {
  command
    .usage('[options] [--] [program [argument...]]')
    .argument('[program...]', 'the program and its arguments; a shell when there is none')
    .option('--no-pid', 'stay in the pid namespace of the host, and see its processes')
    .option('--map-current', 'be your own uid inside instead of 0 (without any capability)')
    .option('--hostname <name>', 'a hostname of its own')
    .option('--wd <folder>', 'the working directory')
    .option('--dry-run', 'print the steps instead of taking them');
  addUplinkOptions(command, 'this process');
  command.addHelpText('after', help).action(async (program: string[], flags: Flags) => {
    const uplink = uplinkOptions(flags);
    if (uplink === undefined) {
      runInPlace(freshProgram(optionsOf(flags)), { program, dryRun: flags.dryRun });
      return;
    }
    const { pid, mapCurrent, hostname, wd } = flags;
    const kinds = pid ? (['user', 'net', 'pid'] as const) : (['user', 'net'] as const);
    const room = { kinds, mapCurrent, hostname, uplink };
    if (flags.dryRun === true) printProgram(roomProgram(room));
    else await runInFront(program.length > 0 ? program : [shell()], { ...room, cwd: wd });
  });
}

function optionsOf({ pid, mapCurrent = false, hostname, wd }: Flags): FreshOptions {
  return {
    pid,
    mapCurrent,
    ...(hostname === undefined ? {} : { hostname }),
    ...(wd === undefined ? {} : { workingDirectory: wd }),
  };
}

const help = `
The program has a user, a network, a mount and a pid namespace of its own, with the loopback
interface up. Inside, uid 0 is you: it isolates the network of your own programs, and nothing else.
With --no-pid, processes that the program leaves running go on.

With --uplink it also has the internet, through this process and as you: no root, no helper. It is
10.0.2.100 and fd00::100 in a network of its own; the gateway, .2, stands for the host's loopback, which
is closed but for --allow-host; .3 answers DNS. Rules: the longest prefix decides, then the fewest ports,
then --deny; "all" is everywhere. Credentials of clouds (169.254.169.254) are closed until allowed.

--publish [ADDRESS:]HOST[-HOST2]:INSIDE[-INSIDE2][/udp] lets a port of the host lead inside; ADDRESS is
127.0.0.1 when not given, and an IPv6 one stands in brackets. A server that listens on 127.0.0.1 inside is
reached with --publish-loopback. Host ports below 1024 are root's.

Exit status: the program's, 128+n when signal n ended it; 125 when nskit failed, 126 when the
program cannot be run, 127 when it cannot be found.

Examples:
  nskit run -- ip addr
  nskit run                         a shell
  nskit run --map-current -- npm test
  nskit run --uplink -- curl -s https://example.org
  nskit run --uplink --allow-host 5432 -- psql -h 10.0.2.2
  nskit run --uplink --publish 8080:80 -- python3 -m http.server 80
  nskit run --uplink --deny all --allow 192.0.2.0/24:443 --no-dns -- ./sync`;
