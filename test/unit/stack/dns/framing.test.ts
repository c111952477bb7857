/** Messages in a stream. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'node:test';
import { Unframing, framed } from '../../../../src/stack/index.js';

test('messages come out as they went in, however the stream is cut', () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 });
  const cuts = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 });
  fc.assert(
    fc.property(messages, cuts, (given, lengths) => {
      const stream = Uint8Array.from(given.flatMap((message) => [...framed(message)]));
      const unframing = new Unframing();
      const got: Uint8Array[] = [];
      for (let at = 0, i = 0; at < stream.length; i++) {
        const length = lengths[i % lengths.length] ?? 1;
        got.push(...unframing.push(stream.subarray(at, at + length)));
        at += length;
      }
      assert.deepEqual(got, given);
      assert.ok(unframing.isEmpty);
    }),
  );
});

test('a message that has begun is not nothing', () => {
  const unframing = new Unframing();
  assert.deepEqual(unframing.push(Uint8Array.of(0)), []);
  assert.equal(unframing.isEmpty, false);
  assert.deepEqual(unframing.push(Uint8Array.of(2, 9)), []);
  assert.equal(unframing.isEmpty, false);
  assert.deepEqual(unframing.push(Uint8Array.of(8)), [Uint8Array.of(9, 8)]);
});
