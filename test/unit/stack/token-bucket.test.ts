import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenBucket } from '../../../src/stack/token-bucket.js';

/** How many may be taken at this time. */
function taken(bucket: TokenBucket, now: number): number {
  let count = 0;
  while (bucket.take(now)) count++;
  return count;
}

test('as many at once as it holds, and then as many as a second brings', () => {
  const bucket = new TokenBucket(10, 5);
  assert.equal(taken(bucket, 1000), 5);
  assert.equal(taken(bucket, 1099), 0);
  assert.equal(taken(bucket, 1200), 2);
  assert.equal(taken(bucket, 1300), 1);
});

test('what was not taken is not kept beyond what it holds', () => {
  const bucket = new TokenBucket(10, 5);
  assert.equal(taken(bucket, 0), 5);
  assert.equal(taken(bucket, 3_600_000), 5);
});

test('asked often, it gives no less than asked seldom', () => {
  const bucket = new TokenBucket(100, 1);
  let count = 0;
  for (let now = 0; now <= 1000; now += 0.5) if (bucket.take(now)) count++;
  assert.ok(count >= 100 && count <= 101, `${count}`);
});
