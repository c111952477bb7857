/** `nskit capture`: what crosses the device of a namespace's uplink, as a pcapng file. */
import { isatty } from 'node:tty';
import type { Command } from 'commander';
import { NskitError, uplinks, type CaptureStatistics } from '../../index.js';
import { writeError } from '../report.js';
import { stopSignal } from '../stop-signal.js';
import { uplinkPlaceOf } from '../uplink-place.js';

interface Flags {
  readonly target?: string;
  readonly write?: string;
  readonly flow?: readonly string[];
  readonly ring?: string;
}

export function define(command: Command): void {
  command
    .usage('name | --target pid|path [options]')
    .argument('[name]')
    .option('-t, --target <pid|path>', 'the network namespace of a process, or of a file')
    .option('-w, --write <file>', 'the file; "-" is standard output')
    .option('--flow <tcp:host:port>', 'of these flows alone (repeatable)', another)
    .option('--ring <size>', 'keep the latest, in two files of half of it: 1000000, 64M, 2G')
    .addHelpText('after', help)
    .action(async (name: string | undefined, flags: Flags) => {
      const place = uplinkPlaceOf(name, flags.target, 'capture');
      const { flow, ring } = flags;
      const ringBytes = ring === undefined ? undefined : sizeOf(ring);
      const capture = await uplinks.capture(place, { file: fileOf(flags), flow, ringBytes });
      const signal = stopSignal(() => process.exit(1));
      signal.addEventListener('abort', () => void capture.close().catch(() => undefined));
      writeError(statisticsLine(await capture.ended));
    });
}

function another(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

function fileOf({ write }: Flags): string | NodeJS.WriteStream {
  if (write !== undefined && write !== '-') return write;
  if (write === '-' || !isatty(1)) return process.stdout;
  throw new NskitError('ERR_USAGE', 'a capture is not for terminals', {
    hint: 'give -w FILE, or read it at once: nskit capture lab | tshark -r -',
  });
}

function statisticsLine({ seen, wanted, dropped }: CaptureStatistics): string {
  return `nskit: ${wanted - dropped} packets captured of ${seen}, ${dropped} dropped`;
}

/** Throws ERR_USAGE. */
function sizeOf(text: string): number {
  const [, digits, unit = ''] = /^(\d+)([kMG]?)$/.exec(text) ?? [];
  if (digits !== undefined) return Number(digits) * { '': 1, k: 1e3, M: 1e6, G: 1e9 }[unit as ''];
  throw new NskitError(
    'ERR_USAGE',
    `--ring ${text}: give a number of bytes, or one with k, M or G`,
  );
}

const help = `
Goes on until it is interrupted, or the uplink ends; then it says how much there was. A packet is what
crosses the device inside: one of 64 KiB is one packet, its checksums complete. The first packet of a
flow has comments: what was decided about it, and the name that was looked up. -w is needed where
standard output is a terminal. Packets that the file's disk is too slow for are left out and counted;
the traffic never waits.

--flow PROTOCOL[:HOST[:PORT]] with tcp, udp or icmp; HOST is an address of either end, or a name as the
namespace looked it up; PORT is one of either end. With --ring FILE.1 is the older half.

Examples:
  nskit capture lab -w lab.pcapng
  nskit capture lab | tshark -r -
  nskit capture lab --flow tcp:example.org:443 --flow udp::53 --ring 64M -w lab.pcapng`;
