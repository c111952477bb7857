// `npm test`: prepares the machine as far as it may, runs every check and every test, and ends with
// one line of counts. CONTRIBUTING.md says how to run a part of it.

import { checksFor } from './test/checks.mjs';
import { reportCoverage, withCoverage } from './test/coverage.mjs';
import { runOnLts } from './test/lts.mjs';
import { parseOptions } from './test/options.mjs';
import { prepareMachine } from './test/prepare.mjs';
import { runCheck, runStage } from './test/run.mjs';
import { stagesFor } from './test/stages.mjs';
import { Tally } from './test/tally.mjs';

async function main() {
  const options = parseOptions(process.argv.slice(2));
  const tally = new Tally();
  const stages = stagesFor(options);
  const machine = prepareMachine(stages);
  machine.missing.forEach((sentence) => tally.notRun(sentence));

  for (const check of checksFor(options, tally)) {
    const passed = runCheck(check, tally);
    // Tests of an old build would only mislead.
    if (!passed && check.required) return tally.finish();
  }
  // Only now is there something to copy, where the test user cannot reach the checkout.
  const place = stages.length > 0 ? machine.findPlace() : undefined;
  try {
    const measured = options.coverage ? withCoverage(machine) : machine;
    for (const stage of stages) await runStage({ stage, machine: measured, place, options }, tally);
    if (endsOnLts(options, machine)) {
      await runOnLts({ machine, place, complete: false }, tally);
    }
    if (options.coverage) reportCoverage(measured, place);
  } finally {
    place?.remove();
  }
  if (stages.length > 0) tally.mustHaveRun();
  return tally.finish();
}

// Not when a part was asked for, and not on a machine that we must not change.
const endsOnLts = ({ only, coverage }, { isPrepared }) =>
  isPrepared && !coverage && only === undefined;

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error.expected ? error.message : error);
  process.exitCode = 1;
}
