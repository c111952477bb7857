/** That every benchmark runs; how fast things are is not for a test to say. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { nskitPath, run } from '../support/nskit.js';

const main = join(dirname(nskitPath), '../dist/bench/main.js');

interface Result {
  readonly groups: readonly {
    readonly title: string;
    readonly figures: readonly { readonly name: string; readonly median: number }[];
  }[];
}

/** Runs these parts, one round each. */
function bench(...parts: readonly string[]): Result['groups'] {
  const folder = mkdtempSync(join(tmpdir(), 'nskit-bench-test-'));
  try {
    const json = join(folder, 'result.json');
    const only = parts.flatMap((part) => ['--only', part]);
    const options = ['--iterations', '1', '--names', '3', '--json', json];
    const { status, stderr } = run(process.execPath, [main, ...only, ...options]);
    assert.deepEqual([status, stderr], [0, '']);
    return (JSON.parse(readFileSync(json, 'utf8')) as Result).groups;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const name of ['exec', 'thousand']) {
  test(`the benchmark "${name}" runs`, () => {
    const groups = bench(name);
    assert.equal(groups.length, 1);
    assert.ok(groups.every(({ figures }) => figures.length > 1));
  });
}

test('several benchmarks run one after the other', () => {
  const groups = bench('spawn', 'create', 'commands', 'ctrtool');
  assert.equal(groups.length, 4);
  assert.ok(groups.every(({ figures }) => figures.length > 1));
});

test('the benchmarks of the uplink run', () => {
  const groups = bench('uplink-rates', 'uplink-memory');
  assert.equal(groups.length, 4);
  assert.ok(groups.every(({ figures }) => figures.length > 1));
});

for (const [name, count] of [
  ['uplink-published', 2],
  ['uplink-shared', 3],
  ['uplink-fairness', 1],
] as const) {
  test(`the benchmark "${name}" runs`, () => {
    const groups = bench(name);
    assert.equal(groups.length, count);
    assert.ok(groups.every(({ figures }) => figures.length > 1));
  });
}

test('the benchmark of relays runs', () => {
  const groups = bench('relay');
  assert.equal(groups.length, 3);
  assert.ok(groups.every(({ figures }) => figures.length > 1));
});

test('one that there is not is told', () => {
  const { status, stderr } = run(process.execPath, [main, '--only', 'nothing']);
  assert.equal(status, 1);
  assert.match(stderr, /no part is called nothing/);
});
