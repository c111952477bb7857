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

for (const name of ['exec', 'spawn', 'create', 'commands', 'thousand']) {
  test(`the benchmark "${name}" runs`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'nskit-bench-test-'));
    try {
      const json = join(folder, 'result.json');
      const options = ['--iterations', '1', '--names', '3', '--json', json];
      const { status, stderr } = run(process.execPath, [main, '--only', name, ...options]);
      assert.equal(stderr, '');
      assert.equal(status, 0);
      const { groups } = JSON.parse(readFileSync(json, 'utf8')) as Result;
      assert.equal(groups.length, 1);
      assert.ok(groups.every(({ figures }) => figures.length > 1));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}
