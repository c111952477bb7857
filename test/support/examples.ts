/** The examples of a document, run as they stand there: `→` lines are what they print. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { nskitPath, run } from './nskit.js';

const bin = dirname(nskitPath);
const root = dirname(bin);
const library = new URL('../../src/index.js', import.meta.url).href;

/** `document`: its path in the package. */
export function testExamples(document: string): void {
  const text = readFileSync(join(root, document), 'utf8');
  const examples = [...text.matchAll(/^```(js|sh)\n([^]*?)^```$/gm)];
  assert.ok(examples.length > 0);
  for (const [i, [, language = '', code = '']] of examples.entries()) {
    test(`${document}, example ${i + 1}, ${language}`, () => {
      const lines = [...code.matchAll(/^(?:\/\/|#) → (.*)$/gm)];
      const expected = lines.map(([, line = '']) => `${line}\n`);
      assert.ok(expected.length > 0);
      const { status, stdout, stderr } =
        language === 'sh'
          ? run('sh', ['-ec', code], {
              env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` },
            })
          : run(
              process.execPath,
              ['--input-type=module', '-e', code.replace("'nskit'", JSON.stringify(library))],
              { cwd: root },
            );
      assert.deepEqual([stdout, status], [expected.join(''), 0], stderr);
    });
  }
}
