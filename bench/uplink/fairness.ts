/**
 * A stream of one namespace beside another that takes all it can of the process they share. The flood's
 * own programs take processors too: what a process of its own gets beside them is measured with it.
 */
import { once } from 'node:events';
import { start } from '../../test/support/nskit.js';
import { python } from '../../test/support/uplink.js';
import type { Group, Settings } from '../measure.js';
import type { Place } from './place.js';
import { roundsOf, secondsOf } from './rounds.js';
import { Samples } from './samples.js';
import { startPrivate, startShared } from './shared.js';
import { runIperf, startIperfServer } from './throughput.js';

const ALONE = 'alone';
/** In a process of its own, which nobody shares. */
const APART = ', apart';
const floods = ['flows', 'datagrams', 'streams'] as const;
/** Of what it has alone. */
const AT_LEAST = 0.5;

export async function measureFairness(settings: Settings): Promise<Group[]> {
  await using iperf = await startIperfServer();
  const [file = '', ...args] = python('echo.py');
  await using echo = await start(file, [...args, 'serve', '127.0.0.1']);
  await using greedy = await startShared('bench-greedy');
  await using modest = await startShared('bench-modest');
  await using apart = await startPrivate();
  const speeds = new Samples();
  const seconds = secondsOf(settings);
  for (let round = 0; round < roundsOf(settings); round++) {
    for (const beside of [ALONE, ...floods] as const) {
      await using _flood =
        beside === ALONE ? undefined : await startFlood(greedy.place, echo.firstLine, beside);
      for (const way of ['up', 'down'] as const) {
        const run = { port: iperf.port, seconds, way, count: 1 };
        const name = nameOf(beside, way);
        speeds.add(name, 'Gbit/s', (await runIperf(modest, run)).gigabits);
        speeds.add(name + APART, 'Gbit/s', (await runIperf(apart, run)).gigabits);
      }
    }
  }
  const ratios = floods.flatMap((beside) =>
    (['up', 'down'] as const).flatMap((way) => [
      ...speeds.against(nameOf(beside, way), [nameOf(ALONE, way)], AT_LEAST),
      ...speeds.against(nameOf(beside, way), [nameOf(beside, way) + APART]),
    ]),
  );
  return [{ title: 'A stream beside a namespace that floods', figures: speeds.figures(), ratios }];
}

function nameOf(beside: string, way: string): string {
  return beside === ALONE ? `${ALONE}, ${way}` : `beside ${beside}, ${way}`;
}

async function startFlood(place: Place, port: string, what: string): Promise<AsyncDisposable> {
  const argv = [...python('flood.py'), '10.0.2.2', port, what];
  const flood = await place.spawnAsync(argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  if (flood.stdout === null) throw new Error('no output');
  await once(flood.stdout, 'data');
  return {
    [Symbol.asyncDispose]: async () => {
      flood.stdin?.end();
      await flood.exit;
    },
  };
}
