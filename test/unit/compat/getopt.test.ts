import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Getopt, type Grammar } from '../../../src/compat/getopt.js';
import { run } from '../../support/nskit.js';

const grammar: Grammar = {
  short: 'abn:o::',
  stopsAtOperand: true,
  long: {
    all: ['none', 'a'],
    number: ['required', 'n'],
    network: ['none'],
    net: ['none'],
    optional: ['optional', 'o'],
    only: ['required'],
  },
};

function read(words: readonly string[], by = grammar): { options: string[][]; operands: string[] } {
  const reader = new Getopt('prog', words, by);
  const options = [...reader].map(({ option, value }) =>
    value === '' ? [option] : [option, value],
  );
  return { options, operands: reader.operands };
}

describe('short options', () => {
  test('alone, in a cluster, with a value behind or next to them', () => {
    const { options } = read(['-a', '-ab', '-n5', '-n', '6', '-bn7', '-an', '8']);
    assert.deepEqual(options, [
      ['a'],
      ['a'],
      ['b'],
      ['n', '5'],
      ['n', '6'],
      ['b'],
      ['n', '7'],
      ['a'],
      ['n', '8'],
    ]);
  });

  test('a value may begin with a dash, and may be empty', () => {
    assert.deepEqual(read(['-n', '-5', '-n', '']).options, [['n', '-5'], ['n']]);
  });

  test('one that may be left out is only what is attached', () => {
    assert.deepEqual(read(['-ox', '-o', 'y']), { options: [['o', 'x'], ['o']], operands: ['y'] });
  });
});

describe('long options', () => {
  test('with a value in the same word or in the next', () => {
    assert.deepEqual(read(['--number=5', '--number', '6', '--number=']).options, [
      ['n', '5'],
      ['n', '6'],
      ['n'],
    ]);
  });

  test('a value with "=" in it, and over lines', () => {
    assert.deepEqual(read(['--number=a=b\nc']).options, [['n', 'a=b\nc']]);
  });

  test('cut short while it is clear; a whole name is never ambiguous', () => {
    assert.deepEqual(read(['--al', '--netw', '--net', '--nu=1', '--op=x']).options, [
      ['a'],
      ['network'],
      ['net'],
      ['n', '1'],
      ['o', 'x'],
    ]);
  });

  test('where there are none, "--x" is a cluster', () => {
    assert.throws(() => read(['--all'], { short: 'a', stopsAtOperand: true }), {
      message: "prog: invalid option -- '-'",
    });
  });
});

describe('operands', () => {
  test('end the options, or are found among them', () => {
    assert.deepEqual(read(['-a', 'x', '-b']), { options: [['a']], operands: ['x', '-b'] });
    const anywhere = read(['-a', 'x', '-b'], { ...grammar, stopsAtOperand: false });
    assert.deepEqual(anywhere, { options: [['a'], ['b']], operands: ['x'] });
  });

  test('"--" ends the options, "-" is one', () => {
    assert.deepEqual(read(['-a', '--', '-b']), { options: [['a']], operands: ['-b'] });
    assert.deepEqual(read(['-', '-b']).operands, ['-', '-b']);
  });
});

/** The same command lines by the system's own getopt_long(3). */
const asked = `
import ctypes, sys
libc = ctypes.CDLL(None)
class Long(ctypes.Structure):
  _fields_ = [('name', ctypes.c_char_p), ('has_arg', ctypes.c_int), ('flag', ctypes.c_void_p), ('val', ctypes.c_int)]
names = [('all', 0, 97), ('number', 1, 110), ('network', 0, 1000), ('net', 0, 1001), ('optional', 2, 111), ('only', 1, 1002)]
longs = (Long * (len(names) + 1))(*[Long(n.encode(), h, None, v) for n, h, v in names])
words = ['prog'] + sys.argv[1:]
argv = (ctypes.c_char_p * (len(words) + 1))(*[w.encode() for w in words])
while libc.getopt_long(len(words), argv, b'+abn:o::', longs, None) not in (-1, 63): pass`;

describe('what is refused, in the words of getopt_long(3)', () => {
  for (const words of [
    ['-x'],
    ['-ax'],
    ['-n'],
    ['-an'],
    ['-:'],
    ['--what'],
    ['--what=5'],
    ['--number'],
    ['--n', '1'],
    ['--n=1'],
    ['--o', '1'],
    ['--all=5'],
    ['--al=5'],
  ]) {
    test(words.join(' '), () => {
      const { stderr } = run('python3', ['-c', asked, ...words]);
      assert.match(stderr, /^prog: /);
      assert.throws(() => read(words), { message: stderr.trimEnd() });
    });
  }

  test('only when it is reached: what was read before it counts', () => {
    const reader = new Getopt('prog', ['-a', '-x'], grammar)[Symbol.iterator]();
    assert.deepEqual(reader.next().value, { option: 'a', value: '' });
    assert.throws(() => reader.next(), /invalid option -- 'x'/);
  });
});

test('any words are read or refused, and none gets lost', () => {
  const word = fc.oneof(
    fc.constantFrom('-a', '-b', '-n', '-o', '--', '--all', '--number=1', '--ne', 'x', '-'),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(word), (words) => {
      let result;
      try {
        result = read(words);
      } catch (error) {
        assert.match((error as Error).message, /^prog: /);
        return;
      }
      assert.deepEqual(words.slice(words.length - result.operands.length), result.operands);
    }),
  );
});
