import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  assemble,
  formatIdMap,
  mapSteps,
  ownIds,
  singleId,
  type IdMap,
} from '../../../src/namespaces/id-map.js';
import { describeProgram } from '../../../src/api/describe.js';
import { insideId } from '../../../src/namespaces/process-facts.js';
import { NskitError } from '../../../src/errors/index.js';
import { link, type Program } from '../../../src/native/index.js';

const ID_MAX = 0xffff_fffe;

describe('formatIdMap', () => {
  test('writes a line a range, as /proc/PID/uid_map wants it', () => {
    const map = [...singleId(0, 1001), { inside: 1, outside: 100000, count: 65536 }];
    assert.equal(formatIdMap(map), '0 1001 1\n1 100000 65536\n');
    assert.equal(formatIdMap([]), '');
  });

  const mistakes: Record<string, IdMap> = {
    'an empty range': [{ inside: 0, outside: 0, count: 0 }],
    'a negative id': [{ inside: -1, outside: 0, count: 1 }],
    'a fraction': [{ inside: 0, outside: 0.5, count: 1 }],
    'no number': [{ inside: 0, outside: Number.NaN, count: 1 }],
    'the id that means none': [{ inside: ID_MAX + 1, outside: 0, count: 1 }],
    'a range past the last id': [{ inside: 0, outside: ID_MAX, count: 2 }],
  };
  for (const [title, map] of Object.entries(mistakes)) {
    test(`${title} is refused`, () => {
      assert.throws(() => formatIdMap(map), { code: 'ERR_ID_MAP' });
    });
  }

  const range = fc
    .tuple(fc.nat(ID_MAX), fc.nat(ID_MAX), fc.nat(ID_MAX))
    .map(([inside, outside, most]) => {
      const count = 1 + Math.min(most, ID_MAX - Math.max(inside, outside));
      return { inside, outside, count };
    });

  test('any ranges come back from the text as they were', () => {
    fc.assert(
      fc.property(fc.array(range), (map) => {
        const lines = formatIdMap(map).split('\n').slice(0, -1);
        const parsed = lines.map((line) => line.split(' ').map(Number));
        assert.deepEqual(
          parsed,
          map.map(({ inside, outside, count }) => [inside, outside, count]),
        );
      }),
    );
  });

  test('an id of a range is found again by insideId, and no other is', () => {
    fc.assert(
      fc.property(range, fc.nat(ID_MAX), (one, offset) => {
        const text = formatIdMap([one]);
        const within = offset % one.count;
        assert.equal(insideId(text, one.outside + within), one.inside + within);
        assert.throws(() => insideId(text, one.outside + one.count), NskitError);
      }),
    );
  });
});

describe('mapSteps', () => {
  const calls = (program: Program): string[] =>
    describeProgram(program).map(({ sentence }) => sentence);

  test('gives setgroups up before the group map, or the kernel refuses the map', () => {
    const said = calls(mapSteps(ownIds(0, 0)).apply);
    const [deny, groups] = ['give up setgroups', 'map the group ids'].map((s) => said.indexOf(s));
    assert.ok((deny ?? -1) >= 0 && (deny ?? 0) < (groups ?? 0));
  });

  test('keeps setgroups where that is allowed', () => {
    const said = calls(mapSteps({ ...ownIds(0, 0), setgroups: 'allow' }).apply);
    assert.ok(!said.includes('give up setgroups'));
  });

  test('starts the helper before we leave, and tells it only afterwards', () => {
    const { prepare, apply, aside } = mapSteps({ ...ownIds(0, 0), by: 'newuidmap' });
    assert.ok(calls(prepare).includes('start the helper that writes the id maps'));
    assert.ok(calls(apply).includes('tell the helper that writes the id maps to begin'));
    assert.ok(calls(aside).includes('map the ids by newuidmap'));
    assert.doesNotThrow(() => link(assemble([...prepare, ...apply], aside)));
  });
});

test('a whole program ends before what its helpers run', () => {
  const { prepare, apply, aside } = mapSteps({ ...ownIds(0, 0), by: 'newuidmap' });
  const said = describeProgram(assemble([...prepare, ...apply], aside)).map((s) => s.sentence);
  assert.equal(said[describeProgram([...prepare, ...apply]).length], 'exit');
});
