/** A short part of `npm run fuzz`, the same each time; CONTRIBUTING.md says how to run more of it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { loadInstrumented } from '../../fuzz/bundle.js';
import { Fuzzer } from '../../fuzz/fuzzer.js';
import { formatInput, operation, parseInput } from '../../fuzz/input.js';
import { COUNTERS, Instrumenter } from '../../fuzz/instrument.js';

const SEED = 20;
const STEPS = 500;

describe('the fuzzer', () => {
  test('finds nothing in the stack, in a few runs', async () => {
    const instrumented = await loadInstrumented();
    const fuzzer = new Fuzzer(instrumented, SEED);
    let finding = fuzzer.begin();
    const known = fuzzer.corpus.length;
    for (let i = 0; i < STEPS && finding === undefined; i++) finding = fuzzer.step();
    assert.equal(finding && formatInput(finding.input), undefined, String(finding?.error));
    assert.ok(fuzzer.corpus.length > known + 50, 'changes reach what nothing has reached before');
    assert.ok(instrumented.coverage.reached > 1100, `${fuzzer.reached} branches`);
  });

  test('makes what it finds small', () => {
    const run = (input: readonly { a: number; bytes: Uint8Array }[]): void => {
      if (input.some(({ a, bytes }) => a === 7 && bytes.length > 3)) throw new Error('found');
    };
    const instrumented = { run, coverage: { counters: [], reached: 0, isNew: () => true } };
    const fuzzer = new Fuzzer(instrumented, SEED);
    const wanted = operation('frame', [7], new Uint8Array(100));
    const other = operation('wait', [1], new Uint8Array(100));
    const finding = fuzzer.begin([[other, wanted, other]]);
    assert.ok(finding);
    assert.equal(finding.input.length, 1);
    assert.ok((finding.input[0]?.bytes.length ?? 0) < 60);
  });

  test('counts every branch, and changes nothing else', () => {
    const instrumenter = new Instrumenter();
    const text = instrumenter.instrument(`
      const choose = (a, b) => (a && b ? 'both' : b ?? 'none');
      function loop(n) {
        let sum = 0;
        for (let i = 0; i < n; i++) if (i % 2) sum += i; else sum -= i;
        while (n > 0) n--;
        for (const x of [1, 2]) sum += x;
        switch (sum) { case 1: return 'one'; default: return sum; }
      }
      [choose(1, 2), choose(0, undefined), loop(4), loop(0)].join();`);
    const counters = new Uint32Array(instrumenter.count);
    const result: unknown = runInNewContext(text, { [COUNTERS]: counters });
    assert.equal(result, 'both,none,5,3');
    // All but `case 1`.
    assert.equal(counters.filter((count) => count === 0).length, 1);
  });

  test('writes its inputs down and reads them again', () => {
    const input = [operation('segment', [1, 2, 3], Uint8Array.of(1, 255)), operation('wait')];
    assert.deepEqual(parseInput(formatInput(input)), input);
  });
});
