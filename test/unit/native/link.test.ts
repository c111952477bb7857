import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  Block,
  Place,
  expectEqual,
  forgiving,
  jump,
  label,
  link,
  orElse,
  pointerTable,
  step,
  type Linked,
  type Program,
  type Step,
} from '../../../src/native/index.js';
import { STEP_MAX, STEP_SIZE } from '../../../src/native/link.js';

interface SeenStep {
  readonly onError: number;
  readonly onErrno: number;
  readonly onZero: number;
  readonly args: number[];
}

/** A linked step as the C sees it; layouts.test.ts holds these places and steps.h together. */
function stepAt({ steps }: Linked, index: number): SeenStep {
  const view = new DataView(steps.buffer, index * STEP_SIZE, STEP_SIZE);
  const args = [0, 1, 2, 3, 4, 5].map((i) => Number(view.getBigInt64(24 + 8 * i, true)));
  return {
    onError: view.getInt32(4, true),
    onErrno: view.getInt32(8, true),
    onZero: view.getInt32(12, true),
    args,
  };
}

const call = (...args: Step['args']): Step => step('a call', 'close', args);

describe('results', () => {
  test('a step that is an argument is known by identity, not by its looks', () => {
    const [first, second] = [call(7), call(7)];
    const linked = link([first, second, call(second), call(first)]);
    assert.equal(stepAt(linked, 2).args[0], 1);
    assert.equal(stepAt(linked, 3).args[0], 0);
  });

  test('a variation of a step is the same step', () => {
    const original = call(7);
    const forgiven = forgiving(orElse(original, label('unused')));
    const linked = link([call(1), forgiven, call(original), call(forgiven)]);
    assert.equal(stepAt(linked, 2).args[0], 1);
    assert.equal(stepAt(linked, 3).args[0], 1);
  });

  test('a variation leaves the original as it was', () => {
    const original = call(7);
    assert.equal(forgiving(original, 'EBUSY').recovery?.only, 'EBUSY');
    assert.equal(original.recovery, undefined);
  });
});

describe('where to go on', () => {
  test('labels cost no step, and may stand together, first and last', () => {
    const [a, b, end] = [label('a'), label('b'), label('end')];
    const linked = link([a, b, call(1), jump(end), jump(a), jump(b), end]);
    assert.deepEqual(
      linked.list.map(({ call }) => call),
      ['close', 'jump', 'jump', 'jump'],
    );
    assert.deepEqual(
      [1, 2, 3].map((i) => stepAt(linked, i).onError),
      [4, 0, 0],
    );
  });

  test('an error ends the program, is forgiven, or leads elsewhere', () => {
    const elsewhere = label('elsewhere');
    const steps = [call(1), forgiving(call(2)), orElse(call(3), elsewhere, 'EPERM')];
    const linked = link([...steps, elsewhere]);
    const recoveries = [0, 1, 2].map((i) => [stepAt(linked, i).onError, stepAt(linked, i).onErrno]);
    assert.deepEqual(recoveries, [
      [-1, 0],
      [2, 0],
      [3, 1],
    ]);
  });

  test('a new child goes on at its label', () => {
    const child = label('child');
    const linked = link([step('fork', 'clone', [], { child }), call(1), child, call(2)]);
    assert.equal(stepAt(linked, 0).onZero, 2);
    assert.equal(stepAt(linked, 1).onZero, -1);
  });
});

describe('memory', () => {
  const text = ({ data }: Linked, at: number): string => {
    return new TextDecoder().decode(data.subarray(at, data.indexOf(0, at)));
  };

  test('a text is stored once, with its NUL', () => {
    const linked = link([call('one'), call('other'), call('one')]);
    const [a = 0, b = 0, c = 0] = [0, 1, 2].map((i) => stepAt(linked, i).args[0]);
    assert.equal(a, c);
    assert.deepEqual([text(linked, a), text(linked, b)], ['one', 'other']);
  });

  test('a block is known by identity, and a place is inside it', () => {
    const [one, other] = [new Block(8), new Block(8)];
    const linked = link([call(one), call(other), call(one), call(new Place(other, 4))]);
    const [a = 0, b = 0, again, inside] = [0, 1, 2, 3].map((i) => stepAt(linked, i).args[0]);
    assert.deepEqual([again, inside], [a, b + 4]);
    assert.notEqual(a, b);
    assert.equal(linked.offsetOf(other), b);
  });

  test('blocks do not touch, and begin where any number may lie', () => {
    const sizes = [1, 7, 8, 9, 3];
    const blocks = sizes.map((size) => new Block(size));
    const linked = link(blocks.map((block) => call(block)));
    const places = blocks.map((block) => linked.offsetOf(block));
    places.forEach((at, i) => {
      assert.equal(at % 8, 0);
      assert.ok(at + (sizes[i] ?? 0) <= (places[i + 1] ?? linked.data.length));
    });
  });

  test('pointers become relocations, whatever they point to', () => {
    const inner = new Block(16);
    const outer = new Block(24, [
      { at: 0, target: 'text' },
      { at: 16, target: inner, plus: 8 },
    ]);
    const linked = link([call(outer)]);
    const at = linked.offsetOf(outer);
    const pairs = [...linked.relocations];
    assert.equal(pairs.length, 4);
    const targetOf = (where: number): number => pairs[pairs.indexOf(at + where) + 1] ?? -1;
    assert.equal(text(linked, targetOf(0)), 'text');
    assert.equal(targetOf(16), linked.offsetOf(inner) + 8);
  });

  test('blocks may point at one another', () => {
    const pointers: { at: number; target: Block }[] = [];
    const one = new Block(8, pointers);
    const other = new Block(8, [{ at: 0, target: one }]);
    pointers.push({ at: 0, target: other });
    const linked = link([call(one)]);
    const [a, b] = [linked.offsetOf(one), linked.offsetOf(other)];
    assert.deepEqual([...linked.relocations].sort(), [a, b, b, a].sort());
  });

  test('a table of texts ends with a null', () => {
    const table = pointerTable(['a', 'b']);
    assert.equal(table.bytes.length, 24);
    assert.deepEqual(
      table.pointers.map(({ at }) => at),
      [0, 8],
    );
  });
});

describe('killAfter', () => {
  const names = (program: Program, killAfter: number): string[] =>
    link(program, { killAfter }).list.map(({ call }) => call);

  test('kills after that many steps, labels not counted', () => {
    const [start, end] = [label('start'), label('end')];
    const program = [start, call(1), end, call(2), jump(start), jump(end)];
    assert.deepEqual(names(program, 1).slice(0, 4), ['close', 'getpid', 'kill', 'close']);
    assert.deepEqual(names(program, 0).slice(0, 3), ['getpid', 'kill', 'close']);
    assert.deepEqual(names(program, 4).slice(-2), ['getpid', 'kill']);
    assert.deepEqual(names(program, 99).slice(-2), ['getpid', 'kill']);
  });

  test('jumps still reach their places', () => {
    const end = label('end');
    const linked = link([jump(end), call(1), end, call(2)], { killAfter: 1 });
    assert.equal(linked.list[stepAt(linked, 0).onError]?.args[0], 2);
  });
});

describe('misuse', () => {
  const mistakes: Record<string, [program: () => Program, says: RegExp]> = {
    'a step twice': [
      () => {
        const one = call(1);
        return [one, one];
      },
      /twice in one program: a call/,
    ],
    'a step and a variation of it': [
      () => {
        const one = call(1);
        return [one, forgiving(one)];
      },
      /twice/,
    ],
    'a variation and then the step': [
      () => {
        const one = call(1);
        return [forgiving(one), one];
      },
      /twice/,
    ],
    'two variations of one step': [
      () => {
        const one = call(1);
        return [forgiving(one), orElse(one, label('x'))];
      },
      /twice/,
    ],
    'a label twice': [
      () => {
        const here = label('here');
        return [here, call(1), here];
      },
      /twice in one program: here/,
    ],
    'the result of a step that is not there': [
      () => [call(call(1))],
      /not in this program: a call/,
    ],
    'a jump to nowhere': [() => [jump(label('nowhere'))], /not in this program: nowhere/],
    'too many steps': [
      () => Array.from({ length: STEP_MAX + 1 }, () => call(1)),
      new RegExp(`a program of ${STEP_MAX + 1} steps`),
    ],
    'seven arguments': [() => [call(1, 2, 3, 4, 5, 6, 7), call(1)], /7 arguments: a call/],
    'a text with a NUL': [() => [call('a\0b')], /NUL/],
    'a number that is not whole': [() => [call(1.5)], /1\.5/],
    'an errno that does not exist': [() => [forgiving(call(1), 'ENONE')], /ENONE/],
    'an errno to fail with that does not exist': [
      () => [expectEqual('compare', 1, 2, 'ENONE')],
      /ENONE/,
    ],
  };
  for (const [title, [program, says]] of Object.entries(mistakes)) {
    test(`${title} is refused`, () => {
      assert.throws(() => link(program()), says);
    });
  }

  test('the longest program that is allowed is allowed', () => {
    assert.equal(link(Array.from({ length: STEP_MAX }, () => call(1))).list.length, STEP_MAX);
  });
});
