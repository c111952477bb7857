/** Any program that holds together is linked, whatever is in it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  Block,
  Place,
  forgiving,
  jump,
  label,
  link,
  orElse,
  step,
  type Program,
  type Step,
} from '../../../src/native/index.js';
import { STEP_SIZE } from '../../../src/native/link.js';

const call = (...args: Step['args']): Step => step('a call', 'close', args);

describe('any program that holds together', () => {
  type Seed = { readonly what: number; readonly number: bigint; readonly text: string };
  const seeds = fc.array(
    fc.record({
      what: fc.nat(7),
      number: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      text: fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
    }),
    { maxLength: 60 },
  );

  /** Steps that name earlier steps, blocks and labels, as real programs do. */
  function grow(list: readonly Seed[]): Program {
    const end = label('end');
    const steps: Step[] = [];
    const blocks: Block[] = [new Block(8)];
    for (const { what, number, text } of list) {
      const earlier = steps[Number(BigInt.asUintN(16, number)) % Math.max(1, steps.length)];
      const block = blocks[Number(BigInt.asUintN(16, number)) % blocks.length] ?? new Block(8);
      const next = [
        () => call(number),
        () => call(text),
        () => call(earlier ?? 0, block),
        () => call(new Place(block, Number(BigInt.asUintN(3, number)))),
        () => forgiving(call(text, number), 'EPERM'),
        () => orElse(call(earlier ?? 1), end),
        () => jump(end),
        () => {
          blocks.push(new Block(16, [{ at: 8, target: block, plus: 1 }]));
          return call(blocks.at(-1) ?? 0);
        },
      ][what]?.();
      if (next !== undefined) steps.push(next);
    }
    return [...steps, end];
  }

  test('is linked, with every number and place within bounds', () => {
    fc.assert(
      fc.property(seeds, (list) => {
        const linked = link(grow(list));
        const count = linked.list.length;
        assert.equal(linked.steps.length, count * STEP_SIZE);
        linked.list.forEach((_, i) => {
          const view = new DataView(linked.steps.buffer, i * STEP_SIZE, STEP_SIZE);
          const [onError, onZero] = [view.getInt32(4, true), view.getInt32(12, true)];
          assert.ok(onError >= -1 && onError <= count && onZero === -1);
        });
        linked.relocations.forEach((offset, i) => {
          assert.ok(offset <= linked.data.length - (i % 2 === 0 ? 8 : 0));
        });
      }),
    );
  });
});
