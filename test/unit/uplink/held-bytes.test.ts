/** Bytes that wait for the namespace, against a plain array. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'node:test';
import { ChunkPool, HeldBytes } from '../../../src/uplink/held-bytes.js';

const MOST = 300_000;

/** Numbers of bytes that are around, below and above the sizes that matter. */
const count = fc.oneof(
  fc.integer({ min: 0, max: 20 }),
  fc.integer({ min: 4090, max: 4100 }),
  fc.integer({ min: 0, max: 140_000 }),
);
const action = fc.oneof(
  fc.record({ fill: count }),
  fc.record({ discard: count }),
  fc.record({ peek: count, offset: count }),
);

test('fill, copy and discard are what they are of an array', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const held = new HeldBytes(new ChunkPool(), MOST);
      let model: number[] = [];
      let next = 0;
      for (const step of actions) {
        if ('fill' in step) {
          let left = step.fill;
          held.fill((bytes, at, length) => {
            const some = Math.min(left, length);
            for (let i = 0; i < some; i++) {
              bytes[at + i] = next & 255;
              model.push(next++ & 255);
            }
            left -= some;
            return some === 0 ? -11 : some;
          });
        } else if ('discard' in step) {
          const some = Math.min(step.discard, model.length);
          if (some > 0) held.discard(some);
          model = model.slice(some);
        } else {
          const offset = Math.min(step.offset, model.length);
          const into = new Uint8Array(step.peek + 1);
          const got = held.copy(offset, into, 1, step.peek);
          const expected = model.slice(offset, offset + step.peek);
          assert.equal(got, expected.length);
          assert.deepEqual([...into.subarray(1, 1 + got)], expected);
        }
        assert.equal(held.length, model.length);
        assert.equal(held.isFull, model.length >= MOST);
      }
    }),
    { numRuns: 100 },
  );
});

test('a little takes no chunk, and chunks go back to the pool', () => {
  const pool = new ChunkPool();
  const held = new HeldBytes(pool, MOST);
  const chunk = pool.take();
  pool.give(chunk);
  held.fill((_bytes, _at, length) => (length === 65_536 ? 100 : -11));
  assert.equal(pool.take(), chunk, 'the chunk is back');
  pool.give(chunk);
  held.discard(100);
  held.fill((bytes) => (bytes === chunk ? 60_000 : -11));
  assert.notEqual(pool.take(), chunk, 'the chunk holds bytes');
  held.discard(60_000);
  assert.equal(pool.take(), chunk, 'and is back when they are gone');
});
