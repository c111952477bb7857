/** What a piece of a relayed stream is in on its way: a buffer, or a pipe of the kernel's. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { socketPair, type FileDescriptor } from '../../src/sockets/index.js';
import { CopiedPieces, SplicedPieces, type Pieces } from '../../src/sockets/relay/pieces.js';
import { WOULD_BLOCK, endWriting, receive, send } from '../../src/sockets/stream-calls.js';
import { openFiles } from '../support/lab.js';
import { withoutFds } from '../support/native.js';

const PIECE_BYTES = 65_536;
const makers: Record<string, () => Pieces & Partial<Disposable>> = {
  'a buffer': () => new CopiedPieces(PIECE_BYTES),
  'a pipe': () => SplicedPieces.open(PIECE_BYTES) ?? assert.fail('no pipe'),
};

class Ends implements Disposable {
  readonly #all: FileDescriptor[] = [];
  readonly from: FileDescriptor;
  readonly source: FileDescriptor;
  readonly sink: FileDescriptor;
  readonly to: FileDescriptor;

  constructor() {
    const pair = (): [FileDescriptor, FileDescriptor] => {
      const made = socketPair('stream', { nonBlocking: true });
      this.#all.push(...made);
      return made as [FileDescriptor, FileDescriptor];
    };
    [this.from, this.source] = pair();
    [this.sink, this.to] = pair();
  }

  [Symbol.dispose](): void {
    for (const each of this.#all) each[Symbol.dispose]();
  }
}

/** As much as `fd` takes of bytes that tell where they stand. */
function fill(fd: number, at: number): number {
  const bytes = Uint8Array.from({ length: 50_000 }, (_, i) => (at + i) % 251);
  return Math.max(0, send(fd, bytes, bytes.length));
}

function check(bytes: Uint8Array, at: number): number {
  for (const [i, byte] of bytes.entries()) assert.equal(byte, (at + i) % 251);
  return bytes.length;
}

for (const [name, make] of Object.entries(makers)) {
  describe(`a piece in ${name}`, () => {
    test('passes whole, in parts, and what nobody takes is given back', () => {
      const files = openFiles();
      {
        using ends = new Ends();
        const pieces = make();
        let [sent, got, rests] = [0, 0, 0];
        let rest = new Uint8Array();
        const buffer = new Uint8Array(20_000);
        while (got < 4_000_000) {
          if (sent < 4_000_000) sent += fill(ends.from.fd, sent);
          if (rest.length > 0) {
            const taken = Math.max(0, send(ends.sink.fd, rest, rest.length));
            rest = rest.slice(taken);
          } else {
            const length = pieces.take(ends.source.fd, PIECE_BYTES);
            assert.ok(length === WOULD_BLOCK || (length > 0 && length <= PIECE_BYTES));
            const taken = length < 0 ? length : Math.max(0, pieces.pass(ends.sink.fd, length));
            if (taken < length) {
              rest = new Uint8Array(pieces.rest(length - taken, length));
              assert.equal(rest.length, length - taken);
              rests += 1;
            }
          }
          // Slower than we are, so that the sink is full again and again.
          const length = receive(ends.to.fd, buffer);
          if (length > 0) got += check(buffer.subarray(0, length), got);
        }
        assert.ok(rests > 10);
        pieces[Symbol.dispose]?.();
      }
      assert.deepEqual(openFiles(), files);
    });

    test('is no longer than asked, says that it would wait, and tells the end', () => {
      using ends = new Ends();
      const pieces = make();
      assert.equal(pieces.take(ends.source.fd, PIECE_BYTES), WOULD_BLOCK);
      fill(ends.from.fd, 0);
      assert.equal(pieces.take(ends.source.fd, 100), 100);
      assert.equal(pieces.pass(ends.sink.fd, 100), 100);
      const rest = 50_000 - 100;
      assert.equal(pieces.take(ends.source.fd, PIECE_BYTES), rest);
      assert.equal(pieces.pass(ends.sink.fd, rest), rest);
      endWriting(ends.from.fd);
      assert.equal(pieces.take(ends.source.fd, PIECE_BYTES), 0);
      pieces[Symbol.dispose]?.();
    });

    test('a sink that takes nothing any more is an error, and the next piece is a new one', () => {
      using ends = new Ends();
      const pieces = make();
      fill(ends.from.fd, 0);
      const length = pieces.take(ends.source.fd, 1000);
      ends.to[Symbol.dispose]();
      assert.ok(pieces.pass(ends.sink.fd, length) < WOULD_BLOCK);
      using others = new Ends();
      const next = pieces.take(ends.source.fd, 1000);
      assert.equal(pieces.pass(others.sink.fd, next), 1000);
      const buffer = new Uint8Array(1000);
      assert.equal(receive(others.to.fd, buffer), 1000);
      assert.equal(check(buffer, 1000), 1000);
      pieces[Symbol.dispose]?.();
    });
  });
}

test('there is no pipe while descriptors are short', async () => {
  await withoutFds(1, () => assert.equal(SplicedPieces.open(PIECE_BYTES), undefined));
  using _pieces = SplicedPieces.open(PIECE_BYTES) ?? assert.fail('no pipe');
});
