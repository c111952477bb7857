/** Descriptors that uplinks of one process share. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DescriptorPool, DescriptorShare } from '../../../src/uplink/descriptor-share.js';

/** Takes until there is no room, and says how many that were. */
function takeAll(share: DescriptorShare): number {
  let count = 0;
  for (; share.room >= 1; count++) share.take();
  return count;
}

test('a fair share is half of all, then a third: there is always something for the next', () => {
  // 1024 less an eighth in reserve: 896.
  const pool = new DescriptorPool(1024);
  const [one, other, third] = [0, 1, 2].map(() => new DescriptorShare('fair', pool));
  assert.ok(one && other && third);
  assert.equal(takeAll(one), 448);
  assert.equal(takeAll(other), 224);
  assert.equal(takeAll(third), 112);
  // Who has more than the others takes no more until they are level.
  for (let i = 0; i < 300; i++) one.give();
  assert.equal(one.room, 112 + 300 - 148);
  assert.ok(takeAll(other) > 0);
});

test('of two that go on taking, neither has more', () => {
  const pool = new DescriptorPool(1024);
  const [one, other] = [new DescriptorShare('fair', pool), new DescriptorShare('fair', pool)];
  const counts = [0, 0];
  for (let i = 0; i < 2000; i++) {
    for (const [k, share] of [one, other].entries()) {
      if (share.room < 1) continue;
      share.take();
      counts[k] = (counts[k] ?? 0) + 1;
    }
  }
  assert.ok(Math.abs((counts[0] ?? 0) - (counts[1] ?? 0)) <= 1, counts.join(' '));
  assert.ok((counts[0] ?? 0) >= 298, counts.join(' '));
});

test('a number is a number, and what is disposed of is given back', () => {
  const pool = new DescriptorPool(1024);
  const share = new DescriptorShare(10, pool);
  assert.equal(takeAll(share), 10);
  assert.equal(pool.taken, 10);
  share[Symbol.dispose]();
  assert.equal(pool.taken, 0);
  assert.equal(new DescriptorShare(undefined, pool).room, Infinity);
});
