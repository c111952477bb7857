/** The parts of TCP beside obvious ones, by chance. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'node:test';
import { EAGAIN } from '../../../../src/stack/host.js';
import { OutOfOrder } from '../../../../src/stack/tcp/out-of-order.js';
import { Scoreboard } from '../../../../src/stack/tcp/scoreboard.js';
import { add, atMost, diff, earlier, later, lessThan } from '../../../../src/stack/tcp/seq.js';
import { Stash } from '../../../../src/stack/tcp/stash.js';
import {
  TcpOptions,
  dataViewOf,
  writeSackOption,
  writeSynOptions,
} from '../../../../src/wire/index.js';
import { FakeStream } from '../../../support/tcp/fake-stream.js';

const word = fc.nat(0xffff_ffff);

describe('sequence numbers', () => {
  const wrap = (value: bigint): number => Number(BigInt.asIntN(32, value));

  test('are added and subtracted as integers modulo 2^32', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        assert.equal(add(a | 0, b), wrap(BigInt(a) + BigInt(b)));
        assert.equal(diff(a | 0, b | 0), wrap(BigInt(a) - BigInt(b)));
      }),
    );
  });

  test('are ordered by the shorter way around the circle', () => {
    fc.assert(
      fc.property(word, fc.integer({ min: 1, max: 0x7fff_ffff }), (start, distance) => {
        const one = start | 0;
        const other = add(one, distance);
        assert.ok(lessThan(one, other) && atMost(one, other) && atMost(one, one));
        assert.ok(!lessThan(other, one) && !atMost(other, one) && !lessThan(one, one));
        assert.deepEqual([later(one, other), earlier(one, other)], [other, one]);
        assert.deepEqual([later(other, one), earlier(other, one)], [other, one]);
      }),
    );
  });
});

describe('the out-of-order queue', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('insert' as const), at: fc.nat(300), length: fc.nat(40) }),
    fc.record({ kind: fc.constant('advance' as const), at: fc.nat(300), length: fc.constant(0) }),
  );

  test('holds what a map of single bytes would, the first of two that disagree', () => {
    fc.assert(
      fc.property(word, fc.array(step, { maxLength: 60 }), (isn, steps) => {
        const base = isn | 0;
        const queue = new OutOfOrder();
        const oracle = new Map<number, number>();
        let next = 0;
        steps.forEach(({ kind, at, length }, turn) => {
          if (kind === 'insert') {
            const start = next + at;
            const bytes = new Uint8Array(length).fill(turn);
            assert.ok(queue.insert(add(base, start), bytes, 1 << 20));
            for (let i = start; i < start + length; i++) if (!oracle.has(i)) oracle.set(i, turn);
          } else {
            next += at;
            for (const key of oracle.keys()) if (key < next) oracle.delete(key);
          }
          const blocks = blocksOf(queue, base);
          assert.ok(blocks.every(([from, to]) => from < to));
          const got: number[] = [];
          for (
            let piece = queue.take(add(base, next));
            piece;
            piece = queue.take(add(base, next))
          ) {
            got.push(...piece);
            next += piece.length;
          }
          const wanted: number[] = [];
          for (let i = next - got.length; oracle.has(i); i++) wanted.push(oracle.get(i) ?? -1);
          assert.deepEqual(got, wanted);
        });
        assert.equal(queue.isEmpty, queue.cost === 0);
      }),
    );
  });

  test('reports the blocks that a list of bytes has, the last one first, four at most', () => {
    const insert = fc.record({ at: fc.nat(120), length: fc.integer({ min: 1, max: 9 }) });
    fc.assert(
      fc.property(word, fc.array(insert, { minLength: 1, maxLength: 12 }), (isn, inserts) => {
        const base = isn | 0;
        const queue = new OutOfOrder();
        const there = new Set<number>();
        for (const { at, length } of inserts) {
          queue.insert(add(base, at), new Uint8Array(length), 1 << 20);
          for (let i = at; i < at + length; i++) there.add(i);
        }
        const all: (readonly [number, number])[] = [];
        for (const at of [...there].sort((a, b) => a - b)) {
          const last = all.at(-1);
          if (last?.[1] === at) all[all.length - 1] = [last[0], at + 1];
          else all.push([at, at + 1]);
        }
        const lastAt = inserts.at(-1)?.at ?? 0;
        const first = all.filter(([from, to]) => from <= lastAt && lastAt < to);
        const rest = all.filter(([from, to]) => !(from <= lastAt && lastAt < to));
        assert.deepEqual(blocksOf(queue, base), [...first, ...rest].slice(0, 4));
      }),
    );
  });

  test('never costs more than its room', () => {
    const insert = fc.record({ at: fc.nat(50_000), length: fc.nat(3000) });
    fc.assert(
      fc.property(fc.array(insert), fc.nat(20_000), (inserts, most) => {
        const queue = new OutOfOrder();
        for (const { at, length } of inserts) {
          queue.insert(at, new Uint8Array(length), most - queue.cost);
          assert.ok(queue.cost <= most);
        }
      }),
    );
  });

  function blocksOf(queue: OutOfOrder, base: number): (readonly [number, number])[] {
    const edges = new Int32Array(8);
    const count = queue.writeBlocks(edges);
    return Array.from({ length: count }, (_, i) => {
      return [diff(edges[2 * i] ?? 0, base), diff(edges[2 * i + 1] ?? 0, base)] as const;
    });
  }
});

test('a scoreboard knows of every byte whether it was reported', () => {
  const step = fc.record({
    at: fc.nat(200),
    length: fc.integer({ min: 1, max: 30 }),
    acknowledged: fc.nat(20),
  });
  fc.assert(
    fc.property(word, fc.array(step, { maxLength: 20 }), (isn, steps) => {
      const base = isn | 0;
      const board = new Scoreboard();
      const there = new Set<number>();
      let una = 0;
      for (const { at, length, acknowledged } of steps) {
        const start = una + 1 + at;
        const isNew = board.add(add(base, start), add(base, start + length));
        const before = there.size;
        for (let i = start; i < start + length; i++) there.add(i);
        assert.equal(isNew, there.size > before);
        una += acknowledged;
        board.advance(add(base, una));
        for (const key of there) if (key < una) there.delete(key);
        assert.equal(board.bytes, there.size);
        const hole = diff(board.holeFrom(add(base, una)), base);
        let wanted = una;
        while (there.has(wanted)) wanted++;
        assert.equal(hole, wanted);
        const behind = [...there].filter((key) => key > hole);
        const wantedLength = behind.length === 0 ? 0 : Math.min(...behind) - hole;
        assert.equal(board.holeLength(add(base, hole)), wantedLength);
      }
    }),
  );
});

test('a stash gives back its bytes in order, however much is taken at a time', () => {
  const piece = fc.uint8Array({ maxLength: 50 });
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.nat(30)), (pieces, rooms) => {
      const stash = new Stash();
      const stream = new FakeStream();
      for (const bytes of pieces) stash.push(Uint8Array.of(9, ...bytes, 9), 1, bytes.length);
      for (const room of [...rooms, 10_000]) {
        stream.room = room;
        const answer = stash.flush(stream);
        assert.ok(answer === 0 || answer === -EAGAIN);
      }
      assert.deepEqual(
        stream.received,
        pieces.flatMap((bytes) => [...bytes]),
      );
      assert.equal(stash.length, 0);
    }),
  );
});

describe('options', () => {
  const options = new TcpOptions();

  test('of a SYN are read as they were written', () => {
    const values = fc.record({
      mss: fc.nat(0xffff),
      windowShift: fc.integer({ min: -1, max: 14 }),
      sackPermitted: fc.boolean(),
    });
    fc.assert(
      fc.property(values, fc.nat(5), (given, at) => {
        const view = dataViewOf(new Uint8Array(50).fill(255));
        const length = writeSynOptions(view, at, given);
        assert.equal(length % 4, 0);
        const { mss, windowShift, sackPermitted } = options.read(view, at, at + length);
        assert.deepEqual({ mss, windowShift, sackPermitted }, { ...given });
      }),
    );
  });

  test('of SACK blocks are read as they were written', () => {
    const edges = fc.array(word, { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(edges, fc.integer({ min: 1, max: 4 }), (given, blocks) => {
        const view = dataViewOf(new Uint8Array(50));
        const length = writeSackOption(view, 3, Int32Array.from(given), blocks);
        assert.equal(length, 4 + 8 * blocks);
        options.read(view, 3, 3 + length);
        assert.equal(options.sackBlocks, blocks);
        const read = [...options.sackEdges.subarray(0, 2 * blocks)].map((edge) => edge >>> 0);
        assert.deepEqual(read, given.slice(0, 2 * blocks));
      }),
    );
  });

  test('of any bytes are read without leaving them', () => {
    const kinds = fc.constantFrom(0, 1, 2, 3, 4, 5, 8, 255);
    const bytes = fc.array(fc.oneof(kinds, fc.nat(255)), { maxLength: 40 });
    fc.assert(
      fc.property(bytes, (raw) => {
        const view = dataViewOf(Uint8Array.from(raw));
        options.read(view, 0, raw.length);
        assert.ok(options.sackBlocks <= 4 && options.windowShift <= 14);
      }),
      { numRuns: 5000 },
    );
  });

  test('as other systems write them', () => {
    // Linux: MSS 1460, SACK permitted, timestamps, NOP, window scale 7.
    const linux = '020405b4 0402 080a 00000001 00000000 01 030307';
    const raw = Uint8Array.from(Buffer.from(linux.replaceAll(' ', ''), 'hex'));
    const { mss, windowShift, sackPermitted } = options.read(dataViewOf(raw), 0, raw.length);
    assert.deepEqual([mss, windowShift, sackPermitted], [1460, 7, true]);
    // A shift of more than 14 means 14 (RFC 7323 section 2.3).
    assert.equal(options.read(dataViewOf(Uint8Array.of(3, 3, 15)), 0, 3).windowShift, 14);
  });
});
