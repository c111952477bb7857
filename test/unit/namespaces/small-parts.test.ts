/** Names, slips of the finger, subordinate ids, kinds, clocks: each decided without a kernel. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Block, kernel, type Step } from '../../../src/native/index.js';
import {
  cloneFlags,
  describeKinds,
  flagsOf,
  kindOfFlag,
  namespaceKinds,
  procNames,
} from '../../../src/namespaces/kinds.js';
import { checkName, isName } from '../../../src/namespaces/name.js';
import { editDistance, nearest } from '../../../src/namespaces/nearest.js';
import { parseSubordinateIds } from '../../../src/namespaces/subids.js';
import { timeOffsetSteps } from '../../../src/namespaces/time-offsets.js';

describe('names', () => {
  test('have 1 to 64 letters, digits and some signs, and begin with a word', () => {
    for (const good of ['a', '_', '0', 'a.b-c_d', 'A9', 'x'.repeat(64)]) assert.ok(isName(good));
    for (const bad of ['', '.', '..', '-a', '.a', 'a/b', 'a b', 'ä', 'a\n', 'x'.repeat(65)]) {
      assert.ok(!isName(bad), bad);
      assert.throws(() => checkName(bad), { code: 'ERR_NAME_INVALID' });
    }
  });

  test('are one harmless part of a path, whatever text is tried', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        if (!isName(text)) return;
        assert.equal(checkName(text), text);
        assert.ok(!text.includes('/') && !text.includes('\0') && !text.startsWith('.'));
        assert.equal(new TextEncoder().encode(text).length, text.length);
      }),
    );
  });
});

describe('nearest', () => {
  test('finds a slip of the finger, and no stranger', () => {
    assert.equal(nearest('shel', ['exec', 'shell', 'list']), 'shell');
    assert.equal(nearest('lsit', ['exec', 'list']), undefined);
    assert.equal(nearest('delet', ['add', 'delete']), 'delete');
    assert.equal(nearest('x', []), undefined);
  });

  const word = fc.string({ maxLength: 8 });

  test('the distance is a distance', () => {
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        assert.equal(editDistance(a, a), 0);
        assert.equal(editDistance(a, b), editDistance(b, a));
        assert.ok(editDistance(a, c) <= editDistance(a, b) + editDistance(b, c));
        assert.ok(editDistance(a, b) >= Math.abs(a.length - b.length));
        assert.ok(editDistance(a, b) <= Math.max(a.length, b.length));
      }),
    );
  });

  test('is one of the candidates, and the word itself when it is there', () => {
    fc.assert(
      fc.property(word, fc.array(word), (wanted, candidates) => {
        const found = nearest(wanted, candidates);
        assert.ok(found === undefined || candidates.includes(found));
        assert.equal(nearest(wanted, [...candidates, wanted]), wanted);
      }),
    );
  });
});

describe('subordinate ids', () => {
  const user = { name: 'alice', uid: 1001 };

  test('belong to a user by name or by number', () => {
    const text = 'bob:1:2\nalice:100000:65536\n1001:300000:10\n\n#alice:5:5\n';
    assert.deepEqual(parseSubordinateIds(text, user), [
      { start: 100000, count: 65536 },
      { start: 300000, count: 10 },
    ]);
  });

  test('lines that are no range are passed by', () => {
    const text = 'alice\nalice:1\nalice::5\nalice:x:5\nalice:5:0\nalice:5:-1\nalice:1.5:3';
    const ranges = parseSubordinateIds(text, user);
    assert.ok(ranges.every(({ start, count }) => Number.isInteger(start) && count > 0));
    assert.ok(!ranges.some(({ start }) => start === 1 || start === 5));
  });

  test('any file is read without an error, and gives whole numbers', () => {
    const field = fc.oneof(fc.string(), fc.nat().map(String), fc.constant('alice'));
    const line = fc.array(field, { maxLength: 4 }).map((fields) => fields.join(':'));
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        for (const { start, count } of parseSubordinateIds(lines.join('\n'), user)) {
          assert.ok(Number.isInteger(start) && start >= 0 && Number.isInteger(count) && count > 0);
        }
      }),
    );
  });
});

describe('kinds', () => {
  test('there are eight, each with a flag of its own', () => {
    assert.equal(namespaceKinds.length, 8);
    for (const kind of namespaceKinds) assert.equal(kindOfFlag(cloneFlags[kind]), kind);
    assert.equal(kindOfFlag(0), undefined);
    assert.equal(kindOfFlag(-25), undefined);
  });

  test('the flags of several are their sum', () => {
    const all = namespaceKinds.reduce((sum, kind) => sum + cloneFlags[kind], 0);
    assert.equal(flagsOf(namespaceKinds), all);
    assert.equal(flagsOf(['user', 'net']), kernel.CLONE_NEWUSER | kernel.CLONE_NEWNET);
  });

  test('two show in /proc as those of our children', () => {
    const shown = namespaceKinds.map(procNames).filter((name) => name.includes('_'));
    assert.deepEqual(shown, ['pid_for_children', 'time_for_children']);
  });

  test('are said in words', () => {
    assert.equal(describeKinds(['net', 'mnt']), 'network, mount');
  });
});

describe('clocks', () => {
  test('are set by one write, and not at all without an offset', () => {
    assert.deepEqual(timeOffsetSteps({}), []);
    const steps = timeOffsetSteps({ monotonic: 5, boottime: -7.5 });
    const write = steps.find((item): item is Step => 'call' in item && item.call === 'write');
    const text = write?.args.find((argument) => argument instanceof Block);
    assert.equal(new TextDecoder().decode(text?.bytes), 'monotonic 5 0\nboottime -7 0\n');
  });
});
