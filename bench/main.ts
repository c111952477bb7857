/**
 * The benchmarks of what users wait for, each beside its peers:
 * `node dist/bench/main.js [--iterations N] [--names N] [--only PART]... [--json FILE]`.
 * As root only what root's names cost; the rest is for an ordinary user (scripts/bench.mjs runs
 * both).
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isRealRoot } from '../src/index.js';
import { measureCommands } from './commands.js';
import { measureOpenFile } from './ctrtool.js';
import { measureExec } from './exec.js';
import { measureLinks } from './links.js';
import type { Group, Settings } from './measure.js';
import { measureRelay } from './relay.js';
import { machine, printed } from './report.js';
import { makeScene, type Scene } from './scene.js';
import { measureConnect, measureListen, measureThroughput } from './sockets.js';
import { measureThousand } from './thousand.js';
import { measureFairness } from './uplink/fairness.js';
import { measureMemory } from './uplink/memory.js';
import { measurePublished } from './uplink/published.js';
import { measureRates } from './uplink/rates.js';
import { measureShared } from './uplink/shared.js';
import { measureStreams } from './uplink/throughput.js';
import { measureCreate, measureWarmSpawn } from './warm.js';

const { values } = parseArgs({
  options: {
    iterations: { type: 'string', default: '300' },
    names: { type: 'string', default: '1000' },
    only: { type: 'string', multiple: true },
    json: { type: 'string' },
    commit: { type: 'string', default: 'unknown' },
  },
});

type Measurement = (scene: Scene, settings: Settings) => Promise<Group | Group[]>;

const forUsers: Readonly<Record<string, Measurement>> = {
  exec: measureExec,
  spawn: (_, settings) => measureWarmSpawn(settings),
  create: (_, settings) => measureCreate(settings),
  commands: (_, settings) => measureCommands(settings),
  ctrtool: (_, settings) => measureOpenFile(settings),
  listen: (_, settings) => measureListen(settings),
  connect: (_, settings) => measureConnect(settings),
  throughput: (_, settings) => measureThroughput(settings),
  relay: (_, settings) => measureRelay(settings),
  links: measureLinks,
  thousand: measureThousand,
  'uplink-streams': (_, settings) => measureStreams(settings),
  'uplink-rates': (_, settings) => measureRates(settings),
  'uplink-memory': (_, settings) => measureMemory(settings),
  'uplink-published': (_, settings) => measurePublished(settings),
  'uplink-shared': (_, settings) => measureShared(settings),
  'uplink-fairness': (_, settings) => measureFairness(settings),
};

const forRoot = { exec: measureExec };

const settings = { iterations: Number(values.iterations), names: Number(values.names) };
const parts: Readonly<Record<string, Measurement>> = isRealRoot() ? forRoot : forUsers;
const unknown = values.only?.find((name) => !Object.hasOwn(forUsers, name));
if (unknown !== undefined) throw new Error(`no part is called ${unknown}`);
const chosen = Object.entries(parts).filter(([name]) => values.only?.includes(name) ?? true);
const about = machine(values.commit);
const groups: Group[] = [];
{
  using scene = makeScene();
  for (const [, measure] of chosen) {
    const measured = [await measure(scene, settings)].flat();
    groups.push(...measured);
    for (const group of measured) console.log(printed(group));
  }
}
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify({ machine: about, groups }, undefined, 2)}\n`);
}
