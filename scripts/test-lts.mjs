// `npm run test:lts`: all tests that an ordinary user runs, on the current long-term release of Node,
// or on another (`npm run test:lts -- 24`). `npm test` as root ends with a part of them.

import { checksFor } from './test/checks.mjs';
import { runOnLts } from './test/lts.mjs';
import { prepareMachine } from './test/prepare.mjs';
import { runCheck } from './test/run.mjs';
import { stagesForLts } from './test/stages.mjs';
import { Tally } from './test/tally.mjs';

async function main() {
  const tally = new Tally();
  const machine = prepareMachine(stagesForLts({ complete: true }));
  machine.missing.forEach((sentence) => tally.notRun(sentence));
  for (const check of checksFor({ only: 'build' }, tally)) {
    if (!runCheck(check, tally)) return tally.finish();
  }
  const place = machine.findPlace();
  try {
    await runOnLts({ machine, place, complete: true, release: process.argv[2] }, tally);
  } finally {
    place.remove();
  }
  tally.mustHaveRun();
  return tally.finish();
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error.expected ? error.message : error);
  process.exitCode = 1;
}
