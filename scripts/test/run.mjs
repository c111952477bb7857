// Runs one check or one stage and enters its result in the tally.

import { spawn, spawnSync } from 'node:child_process';
import { text } from 'node:stream/consumers';
import path from 'node:path';
import { root } from '../native.mjs';
import { commandLine } from './identity.mjs';
import { filesOf } from './stages.mjs';

export function runCheck({ name, commands }, tally) {
  const startedMs = performance.now();
  for (const [file, ...args] of commands) {
    const result = spawnSync(file, args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 });
    if (result.status !== 0) {
      console.log(`✗ ${name}\n${result.error?.message ?? ''}${result.stdout}${result.stderr}`);
      tally.fail(`the ${name} check`);
      return false;
    }
  }
  tally.pass();
  console.log(`✓ ${name} (${Math.round(performance.now() - startedMs)} ms)`);
  return true;
}

export async function runStage({ stage, machine, place, options }, tally) {
  const identity = machine.identities[stage.identity];
  // Already listed among what was not run.
  if (!identity) return;
  const files = filesOf(stage, place.directory, options.match);
  const title = stage.title ?? stage.name;
  console.log(`\n${title}${files.length === 0 ? ': no test files' : ''}`);
  if (files.length === 0) return;

  const counts = await runFiles({ stage, identity, place, files, verbose: !!options.match });
  if (!counts) return tally.fail(`the ${title} runner itself`);
  tally.add(title, counts);
  // Half a stage, or a machine that lacks things, rightly skips another number.
  const isWhole = !options.match && !stage.isPart;
  if (isWhole && machine.isPrepared) tally.compareSkips(stage.name, counts.skips.length);
}

// The runner is a process of its own because it runs as somebody else. It prints for people on
// stdout, and gives us the counts on descriptor 3.
async function runFiles({ stage, identity, place, files, verbose }) {
  const runner = path.join(place.directory, 'scripts/test/runner.mjs');
  const request = JSON.stringify({ files, concurrency: stage.concurrency, verbose });
  const node = [place.node ?? process.execPath, '--enable-source-maps', runner, request];
  const [file, ...args] = commandLine(identity, node);
  const child = spawn(file, args, {
    cwd: place.directory,
    env: identity.env,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  const failedToStart = new Promise((resolve) => child.once('error', resolve));
  const answer = await Promise.race([text(child.stdio[3]), failedToStart]);
  return typeof answer === 'string' && answer ? JSON.parse(answer) : undefined;
}
