/** Whole connections between an independent TCP and the mirror, over links of all kinds. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Simulation, weathers } from '../../../support/tcp/simulation.js';

const SEEDS = 30;

/** A link that loses nothing needs no timeout: TIME-WAIT, and some time for the bytes. */
const PROMPT_MS = 3000;

for (const [name, weather] of Object.entries(weathers)) {
  describe(name, () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      test(`both streams arrive whole and nothing is left, seed ${seed}`, () => {
        const outcome = new Simulation(seed, weather).run();
        const { toHost, toNamespace, elapsedMs, ...rest } = outcome;
        assert.deepEqual(rest, {
          fault: undefined,
          isDone: true,
          wasReset: false,
          closed: 'orderly',
          left: [],
          heldBytes: 0,
        });
        assert.deepEqual(toHost.received, toHost.sent);
        assert.deepEqual(toNamespace.received, toNamespace.sent);
        const isLossless = weather.loss === 0 && weather.delayMs === 0;
        assert.ok(!isLossless || elapsedMs < PROMPT_MS, `${elapsedMs} ms`);
      });
    }
  });
}
