import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  collectRanges,
  oneOf,
  parseRange,
  parseSeconds,
  parseSignal,
} from '../../../src/cli/values.js';

test('a range with colons begins with the inside, one with commas with the outside', () => {
  const range = { inside: 0, outside: 100000, count: 65536 };
  assert.deepEqual(parseRange('0:100000:65536'), range);
  assert.deepEqual(parseRange('100000,0,65536'), range);
});

test('"auto" and "all" are ranges too, and nothing else is', () => {
  assert.equal(parseRange('auto'), 'auto');
  assert.equal(parseRange('all'), 'all');
  for (const text of ['', '0:1', '0:1,2', '0:-1:2', 'some', '0:1:2:3']) {
    assert.throws(() => parseRange(text), /INSIDE:OUTSIDE:COUNT/, text);
  }
});

test('ranges given one after the other add up', () => {
  const second = { inside: 5, outside: 7, count: 1 };
  assert.deepEqual(collectRanges('5:7:1', collectRanges('auto')), ['auto', second]);
});

test('clock offsets are whole seconds, forward or back', () => {
  assert.equal(parseSeconds('86400'), 86400);
  assert.equal(parseSeconds('-100'), -100);
  for (const text of ['', '1.5', 'soon', '1e3']) assert.throws(() => parseSeconds(text), /seconds/);
});

test('a signal has a name, with or without SIG, or a number', () => {
  assert.deepEqual(['KILL', 'SIGKILL', 'sigkill', '9'].map(parseSignal), [9, 9, 9, 9]);
  for (const text of ['', '0', '65', 'NONE']) assert.throws(() => parseSignal(text), /signal/);
});

test('a word that is not among the allowed ones is told which are', () => {
  const parse = oneOf('allow', 'deny');
  assert.equal(parse('deny'), 'deny');
  assert.throws(() => parse('maybe'), /allow, deny/);
});
