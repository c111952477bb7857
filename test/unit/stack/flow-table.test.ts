import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'node:test';
import { FlowTable, type TableEntry } from '../../../src/stack/flow-table.js';
import type { FlowEnds } from '../../../src/stack/host.js';
import { Packet } from '../../../src/stack/packet.js';
import { dataViewOf } from '../../../src/wire/index.js';

class Entry implements TableEntry<Entry> {
  readonly ends: FlowEnds;
  hash = 0;
  nextInBucket: Entry | undefined;

  constructor(ends: FlowEnds) {
    this.ends = ends;
  }
}

/** As much of a packet as the table looks at, a few bytes into its buffer. */
function packetOf({ namespaceAddress, remoteAddress }: FlowEnds): Packet {
  const { length } = namespaceAddress;
  const packet = new Packet();
  packet.bytes = Uint8Array.of(9, 9, 9, ...namespaceAddress, ...remoteAddress, 9);
  packet.view = dataViewOf(packet.bytes);
  packet.addressLength = length === 4 ? 4 : 16;
  packet.sourceAt = 3;
  packet.destinationAt = 3 + length;
  return packet;
}

function find(table: FlowTable<Entry>, ends: FlowEnds): Entry | undefined {
  return table.find(packetOf(ends), ends.namespacePort, ends.remotePort);
}

/** Few values of each, so that keys differ in one field only and come again. */
const endsOf = (version: 4 | 6): fc.Arbitrary<FlowEnds> => {
  const size = version === 4 ? 4 : 16;
  const address = fc
    .tuple(fc.nat(size - 1), fc.constantFrom(0, 1, 200))
    .map(([at, value]) => new Uint8Array(size).fill(7).fill(value, at, at + 1));
  const port = fc.constantFrom(1, 2, 65_535);
  return fc.record({
    version: fc.constant(version),
    namespaceAddress: address,
    namespacePort: port,
    remoteAddress: address,
    remotePort: port,
  });
};

const anyEnds = fc.oneof(endsOf(4), endsOf(6));

const textOf = (ends: FlowEnds): string =>
  [ends.namespaceAddress, ends.namespacePort, ends.remoteAddress, ends.remotePort].join(' ');

test('whatever is added and deleted, it holds what a map of strings would', () => {
  const step = fc.record({ ends: anyEnds, isDeletion: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), fc.nat(), (steps, seed) => {
      const table = new FlowTable<Entry>(() => seed);
      const oracle = new Map<string, Entry>();
      for (const { ends, isDeletion } of steps) {
        const known = oracle.get(textOf(ends));
        assert.equal(table.get(ends), known);
        assert.equal(find(table, ends), known);
        if (isDeletion && known !== undefined) {
          table.delete(known);
          oracle.delete(textOf(ends));
        } else if (known === undefined) {
          const entry = new Entry(ends);
          table.add(entry);
          oracle.set(textOf(ends), entry);
        }
      }
      assert.equal(table.size, oracle.size);
      assert.deepEqual(new Set(table), new Set(oracle.values()));
    }),
  );
});

describe('many flows', () => {
  const flows = Array.from({ length: 10_000 }, (_, i) => {
    return new Entry({
      version: 4,
      namespaceAddress: Uint8Array.of(10, 0, 2, 100),
      namespacePort: 1 + i,
      remoteAddress: Uint8Array.of(192, 0, 2, 1),
      remotePort: 80,
    });
  });

  test('are all found, and gone when they were deleted', () => {
    const table = new FlowTable<Entry>(() => 5);
    for (const flow of flows) table.add(flow);
    assert.ok(flows.every((flow) => find(table, flow.ends) === flow));
    for (const flow of flows.slice(1)) table.delete(flow);
    assert.deepEqual([...table], flows.slice(0, 1));
    assert.equal(flows[0] && find(table, flows[0].ends), flows[0]);
  });

  test('spread as chance would spread them, whatever the key', () => {
    for (const seed of [0, 1, 0xffff_ffff]) {
      const table = new FlowTable<Entry>(() => seed);
      for (const flow of flows) table.add(flow);
      const buckets = new Map<number, number>();
      for (const { hash } of flows) {
        const bucket = hash & 0x3fff;
        buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
      }
      assert.ok(Math.max(...buckets.values()) <= 10, `seed ${seed}`);
    }
  });

  test('lie elsewhere under another key', () => {
    const hashes = [1, 2].map((seed) => {
      const table = new FlowTable<Entry>(() => seed);
      const entry = new Entry(flows[0]?.ends ?? assert.fail());
      table.add(entry);
      return entry.hash;
    });
    assert.notEqual(hashes[0], hashes[1]);
  });
});

test('deleting what is not there changes nothing', () => {
  const table = new FlowTable<Entry>(() => 1);
  const ends = someEnds();
  const entry = new Entry(ends);
  table.add(entry);
  table.delete(new Entry({ ...ends, remotePort: 9 }));
  table.delete(entry);
  table.delete(entry);
  assert.equal(table.size, 0);
});

function someEnds(): FlowEnds {
  const address = Uint8Array.of(10, 0, 2, 100);
  return {
    version: 4,
    namespaceAddress: address,
    namespacePort: 1,
    remoteAddress: address,
    remotePort: 2,
  };
}
