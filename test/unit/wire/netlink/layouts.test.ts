/**
 * Every number and every struct's size that the netlink codecs write down, compared with the
 * kernel's headers. They are found in the sources, so that none is left out.
 */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { packageFolder } from '../../../../src/index.js';
import { layoutsOf, whyNotAsked } from '../../../support/layouts.js';

/** Numbers of our own, and a value that has no name of one word there. */
const inNoHeader = ['FOREVER', 'BATCH_REQUESTS'];

const sources = ['src/wire/netlink', 'src/netlink'].flatMap((folder) => {
  const path = join(packageFolder(), folder);
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(path, name), 'utf8'));
});

/** What stands in the sources: its name there, and its number. */
function written(pattern: RegExp): [string, number][] {
  return sources.flatMap((source) =>
    [...source.matchAll(pattern)].map(([, name = '', value]): [string, number] => [
      name,
      Number(value),
    ]),
  );
}

const attributes = written(/attribute\(\s*'(\w+)',\s*(\d+)/g);
const constants = written(/^export const ([A-Z][A-Z0-9_]+) = (0x[0-9a-f]+|\d+);/gm);
const structs = written(/\bstruct\('(\w+)', (\d+)/g);

for (const arch of ['x64', 'arm64'] as const) {
  const skip = whyNotAsked(arch) ?? false;
  describe(`netlink in the headers of ${arch}`, { skip }, () => {
    const c = skip === false ? layoutsOf(arch, '-DLAYOUTS_OF_NETLINK') : new Map<string, number>();

    test('attributes', () => {
      assert.ok(attributes.length > 200);
      for (const [name, value] of attributes) assert.equal(value, c.get(name), name);
    });

    test('constants', () => {
      assert.ok(constants.length > 50);
      for (const [name, value] of constants) {
        if (!inNoHeader.includes(name)) assert.equal(value, c.get(name), name);
      }
    });

    test('sizes of structs', () => {
      assert.ok(structs.length > 15);
      for (const [name, size] of structs) {
        // Ours is what comes before the message that it repeats.
        const theirs = name === 'nlmsgerr' ? 'struct nlmsgerr.msg' : `sizeof struct ${name}`;
        assert.equal(size, c.get(theirs), name);
      }
    });
  });
}
