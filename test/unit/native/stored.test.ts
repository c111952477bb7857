import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  execute,
  label,
  link,
  open,
  step,
  storedProgram,
  storedStep,
  unmount,
} from '../../../src/native/index.js';

const HEADER_SIZE = 64;
const word = (file: Uint8Array, index: number): number =>
  new DataView(file.buffer, file.byteOffset).getUint32(4 * index, true);

describe('a stored program', () => {
  test('holds what link made, in its order', () => {
    const program = [open('open it', '/a/file'), execute(['/bin/true', 'x'], ['A=b'])];
    const file = storedProgram(program);
    const { steps, relocations, data } = link(program);
    const table = new Uint8Array(relocations.buffer);
    const binary = Buffer.concat([steps, table, data]);
    assert.deepEqual(Buffer.from(file.subarray(HEADER_SIZE, word(file, 8))), binary);
    assert.equal(word(file, 3), relocations.length / 2);
  });

  test('tells the sentence, call and object of each step', () => {
    const file = storedProgram([label('start'), open('open it', '/a'), unmount('/b')]);
    assert.deepEqual(storedStep(file, 0), { sentence: 'open it', call: 'open', path: '/a' });
    assert.deepEqual(storedStep(file, 1), { sentence: 'unmount /b', call: 'umount', path: '/b' });
    assert.equal(storedStep(file, 2), undefined);
  });

  test('starts with its first step where no entry is said', () => {
    const exec = label('exec');
    const first = step('a', 'close', [1]);
    const file = storedProgram([first, exec, step('b', 'close', [2])], { exec });
    assert.deepEqual([word(file, 6), word(file, 7)], [1, 0]);
  });

  test('an entry that is not in the program is refused', () => {
    assert.throws(() => storedProgram([], { shell: label('shell') }), /not in this program: shell/);
  });

  test('can kill itself on the way, for tests', () => {
    const file = storedProgram([step('a', 'close', [1]), step('b', 'close', [2])], {
      killAfter: 1,
    });
    assert.equal(word(file, 2), 4);
    assert.equal(storedStep(file, 2)?.sentence, 'die here');
  });

  test('a file of anybody else tells nothing', () => {
    assert.equal(storedStep(new Uint8Array(0), 0), undefined);
    assert.equal(storedStep(new Uint8Array(200), 0), undefined);
  });

  test('any sentence and path come back as they were, also from the middle of a buffer', () => {
    const texts = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(fc.array(fc.tuple(texts, texts), { minLength: 1, maxLength: 9 }), (pairs) => {
        const file = storedProgram(pairs.map(([sentence, path]) => open(sentence, path)));
        const moved = new Uint8Array(file.length + 3).subarray(3);
        moved.set(file);
        pairs.forEach(([sentence, path], i) => {
          assert.deepEqual(storedStep(moved, i), { sentence, call: 'open', path });
        });
      }),
    );
  });
});
