/** `nskit flows`: what a namespace's uplink carries. */
import type { Command } from 'commander';
import { setTimeout as pause } from 'node:timers/promises';
import { uplinks, type FlowRecord, type UplinkPlace } from '../../index.js';
import { flowEventLine } from '../flow-line.js';
import { Rates, flowTable, meanRate } from '../flow-table.js';
import { print } from '../print.js';
import { stopSignal } from '../stop-signal.js';
import { uplinkPlaceOf } from '../uplink-place.js';

interface Flags {
  readonly target?: string;
  readonly follow?: true;
  readonly ended?: true;
  readonly json?: true;
}

export function define(command: Command): void {
  command
    .usage('name | --target pid|path [options]')
    .argument('[name]')
    .option('-t, --target <pid|path>', 'the network namespace of a process, or of a file')
    .option(
      '-f, --follow',
      'go on: a table on a terminal, else a line for each start, change and end',
    )
    .option('--ended', 'also those that have ended, 256 at most, and why')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', help)
    .action(async (name: string | undefined, flags: Flags) => {
      const place = uplinkPlaceOf(name, flags.target, 'flows');
      if (flags.follow !== true) await printOnce(place, flags);
      else if (flags.json !== true && process.stdout.isTTY) await showTable(place);
      else await printEvents(place, flags);
    });
}

async function printOnce(place: UplinkPlace, { ended, json }: Flags): Promise<void> {
  const flows = await uplinks.flows(place, { ended: ended === true });
  if (json === true) for (const flow of flows) print(JSON.stringify(flow));
  else {
    const now = Date.now();
    print(flowTable(flows, { now, rateOf: (flow) => meanRate(flow, now) }));
  }
}

async function printEvents(place: UplinkPlace, { json }: Flags): Promise<void> {
  for await (const event of uplinks.followFlows(place, { signal: stopSignal() })) {
    print(json === true ? JSON.stringify(event) : flowEventLine(event));
  }
}

const REFRESH_MS = 1000;
/** Cursor home; clear to the end of the screen, of the line. */
const [HOME, CLEAR_BELOW, CLEAR_LINE] = ['\x1b[H', '\x1b[J', '\x1b[K'];

/** The busiest first, as many as there is room for. */
async function showTable(place: UplinkPlace): Promise<void> {
  const signal = stopSignal();
  const rates = new Rates();
  process.stdout.write(`${HOME}${CLEAR_BELOW}`);
  while (!signal.aborted) {
    const flows = await uplinks.flows(place);
    const now = Date.now();
    rates.look(flows, now);
    process.stdout.write(`${HOME}${screen(flows, rates, now)}${CLEAR_BELOW}`);
    await pause(REFRESH_MS, undefined, { signal }).catch(() => undefined);
  }
}

function screen(flows: readonly FlowRecord[], rates: Rates, now: number): string {
  const { rows, columns } = process.stdout;
  // A terminal that does not know its size says 0.
  const width = columns === 0 ? 80 : columns;
  const sorted = [...flows].sort((a, b) => rates.of(b) - rates.of(a) || a.id - b.id);
  const shown = sorted.slice(0, Math.max(1, rows - 3));
  const lines = flowTable(shown, { now, rateOf: (flow) => rates.of(flow) }).split('\n');
  const more = flows.length - shown.length;
  if (more > 0) lines.push(`and ${more} more`);
  return lines.map((line) => `${line.slice(0, width)}${CLEAR_LINE}\n`).join('');
}

const help = `
Each row is a connection, a conversation by UDP, or a ping: who began it (-> the namespace, <- a client
of a published port), the name that was looked up before, and what was decided about it. SENT is what
the namespace has sent, RECEIVED what it has got; RATE is both together, over the flow's life, with
--follow over the last second. The uplink is the one that "nskit add --uplink" or "nskit uplink" gave.

With --follow each event is a line: "start", "end" with its reason, and at most once a second "change"
for a flow that has carried something. Who reads them too slowly is told how many were lost.

Examples:
  nskit flows lab
  nskit flows lab --follow
  nskit flows lab --json | jq -r 'select(.state == "ESTABLISHED") | .remote.address'
  nskit flows lab --ended --json | jq -r 'select(.end == "rejected") | .decision'`;
