import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DecodeError } from '../../../src/errors/index.js';
import { dataViewOf, fields, struct } from '../../../src/wire/index.js';

const { be16, be32, bytes, le16, le32, le64, pad, sle32, u8 } = fields;

const sample = struct('sample', 24, {
  kind: u8,
  _pad: pad(1),
  port: be16,
  size: le32,
  address: be32,
  delta: sle32,
  counter: le64,
});

const values = {
  ...{ kind: 7, port: 0x1234, size: 0x01020304 },
  ...{ address: 0x7f000001, delta: -5, counter: 1n << 40n },
};

test('what is written is read back, each field in its own order', () => {
  const memory = new Uint8Array(30).fill(255);
  sample.write(dataViewOf(memory), 3, values);
  assert.deepEqual(sample.parse(memory, 3), values);
  const head = [7, 0, 0x12, 0x34, 4, 3, 2, 1, 0x7f, 0, 0, 1];
  assert.deepEqual([...memory.subarray(3, 15)], head);
});

test('a view moves, reads and writes without copying', () => {
  const memory = new Uint8Array(48);
  const view = sample.view();
  view.on(dataViewOf(memory), 24).window.port = 80;
  assert.equal(memory[24 + sample.offset.port + 1], 80);
  assert.equal(view.window.port, 80);
  assert.equal(view.on(dataViewOf(memory), 0).window.port, 0);
});

test('two views of one struct do not move each other', () => {
  const memory = dataViewOf(new Uint8Array(48));
  const [one, other] = [sample.view().on(memory, 0), sample.view().on(memory, 24)];
  one.window.kind = 1;
  other.window.kind = 2;
  assert.deepEqual([one.window.kind, other.window.kind], [1, 2]);
});

test('too few bytes are a DecodeError that names the struct', () => {
  assert.throws(
    () => sample.parse(new Uint8Array(23)),
    (error) => error instanceof DecodeError && error.struct === 'sample',
  );
});

test('bytes are copied out, and filled up with zeros', () => {
  const hash = struct('hash', 6, { kind: le16, value: bytes(4) });
  const memory = new Uint8Array(6).fill(9);
  hash.write(dataViewOf(memory), 0, { kind: 1, value: Uint8Array.of(5) });
  const { value } = hash.parse(memory);
  memory.fill(0);
  assert.deepEqual(value, Uint8Array.of(5, 0, 0, 0));
});

describe('a table that is wrong is an error when the module loads', () => {
  test('the total', () => {
    assert.throws(() => struct('short', 4, { kind: u8 }), /the fields take 1 bytes, not 4/);
  });

  test('a pad that could be read, and a field that could not', () => {
    assert.throws(() => struct('pad', 2, { kind: u8, pad: pad(1) }), /begins with "_"/);
    assert.throws(() => struct('pad', 1, { _kind: u8 }), /begins with "_"/);
  });

  test('the types know the fields', () => {
    const { window } = sample.view();
    // @ts-expect-error There is no such field.
    assert.equal(window.prot, undefined);
    // @ts-expect-error A pad is not read.
    assert.equal(window._pad, undefined);
  });
});
