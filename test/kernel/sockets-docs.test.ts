/** The examples of docs/sockets.md, run as they stand there: `→` lines are what they print. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeLab, type Lab } from '../support/lab.js';
import { nskitPath, run } from '../support/nskit.js';

let lab: Lab;
before(async () => {
  lab = await makeLab('docs');
});
after(async () => {
  await lab[Symbol.asyncDispose]();
});

const root = dirname(dirname(nskitPath));
const document = readFileSync(join(root, 'docs/sockets.md'), 'utf8');
const library = new URL('../../src/index.js', import.meta.url).href;

const examples = [...document.matchAll(/^```(js|sh)\n([^]*?)^```$/gm)];

for (const [i, [, language = '', code = '']] of examples.entries()) {
  test(`example ${i + 1}, ${language}`, () => {
    const expected = [...code.matchAll(/^(?:\/\/|#) → (.*)$/gm)].map(
      ([, line = '']) => `${line}\n`,
    );
    assert.ok(expected.length > 0);
    const { status, stdout, stderr } =
      language === 'sh'
        ? run('sh', ['-ec', code], {
            env: { ...process.env, PATH: `${dirname(nskitPath)}:${process.env['PATH'] ?? ''}` },
          })
        : run(
            process.execPath,
            ['--input-type=module', '-e', code.replace("'nskit'", JSON.stringify(library))],
            { cwd: root },
          );
    assert.deepEqual([stdout, status], [expected.join(''), 0], stderr);
  });
}
