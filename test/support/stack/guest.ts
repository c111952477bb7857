/** A stack with a namespace made of arrays: what it sends goes in, what it gets is kept. */
import assert from 'node:assert/strict';
import { Packet } from '../../../src/stack/packet.js';
import type { DropReason, StackOptions, StackSettings } from '../../../src/stack/index.js';
import { Stack } from '../../../src/stack/index.js';
import { checksum, dataViewOf, ethernet, formatIp, virtioNet } from '../../../src/wire/index.js';
import { FakeHosts } from './fake-hosts.js';
import { address, frame, gatewayMac, guestMac, type FrameOptions } from './frames.js';

export const settings: StackSettings = {
  mac: gatewayMac,
  guestMac,
  mtu: 1500,
  ipv4: {
    network: address('10.0.2.0'),
    prefixLength: 24,
    gateway: address('10.0.2.2'),
    dns: address('10.0.2.3'),
    guest: address('10.0.2.100'),
  },
  ipv6: {
    network: address('fd00::'),
    prefixLength: 64,
    gateway: address('fd00::2'),
    dns: address('fd00::3'),
    guest: address('fd00::100'),
  },
};

/** One frame that the namespace got. */
export interface Got {
  readonly bytes: Uint8Array;
  readonly virtio: ReturnType<typeof virtioNet.parse>;
  readonly ethernet: ReturnType<typeof ethernet.parse>;
  /** 0: not IP. */
  readonly version: number;
  readonly from: string;
  readonly to: string;
  readonly hopLimit: number;
  readonly protocol: number;
  /** Behind the IP header; of ARP, behind the Ethernet header. */
  readonly payload: Uint8Array;
  readonly isFragment: boolean;
}

type GuestOptions = Partial<Omit<StackOptions, 'settings'>> & {
  readonly settings?: Partial<StackSettings>;
};

export class Guest {
  readonly hosts = new FakeHosts();
  readonly stack: Stack;
  now = 1_000_000;
  /** The device's queue is full. */
  isFull = false;
  #got: Uint8Array[] = [];

  constructor(options: GuestOptions = {}) {
    let state = 1;
    this.stack = new Stack({
      link: { send: (bytes, at, length) => this.#take(bytes.slice(at, at + length)) },
      hosts: this.hosts,
      random: () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0),
      ...options,
      settings: { ...settings, ...options.settings },
    });
    this.pass(0);
  }

  #take(bytes: Uint8Array): boolean {
    if (!this.isFull) this.#got.push(bytes);
    return !this.isFull;
  }

  /** An IP packet, or what else the options say. */
  sends(rest: Uint8Array, options?: FrameOptions): this {
    return this.sendsFrame(frame(rest, options));
  }

  /** In an arena whose other bytes are no zeros, so that reading past the end shows. */
  sendsFrame(bytes: Uint8Array): this {
    const arena = new Uint8Array(bytes.length + 128).fill(0xa5);
    arena.set(bytes, 64);
    this.stack.onFrame(arena, dataViewOf(arena), 64, bytes.length, this.now);
    return this;
  }

  /** Router advertisements that come by themselves are kept only if they are what it is about. */
  pass(milliseconds: number, keep: 'all' | 'answers' = 'answers'): this {
    const before = this.#got.length;
    this.now += milliseconds;
    this.stack.poll(this.now);
    const isKept = (got: Uint8Array): boolean => keep === 'all' || !isToAllNodes(got);
    this.#got = this.#got.filter((got, i) => i < before || isKept(got));
    return this;
  }

  /** Everything since the last time, checked for what must hold for all frames. */
  takes(): Got[] {
    const frames = this.#got;
    this.#got = [];
    return frames.map(read);
  }

  takesOne(): Got {
    const frames = this.takes();
    assert.equal(frames.length, 1, `${frames.length} frames instead of one`);
    return frames[0] as Got;
  }

  takesNothing(): this {
    assert.deepEqual(this.takes(), []);
    return this;
  }

  drops(reason: DropReason, count = 1): this {
    assert.equal(this.stack.drops.of(reason), count, reason);
    return this;
  }
}

function isToAllNodes(bytes: Uint8Array): boolean {
  const { destination } = ethernet.parse(bytes, virtioNet.size);
  return destination.join() === '51,51,0,0,0,1';
}

function read(bytes: Uint8Array): Got {
  const packet = new Packet();
  assert.equal(packet.read(bytes, dataViewOf(bytes), 0, bytes.length), undefined);
  const { version, ipAt, sourceAt, destinationAt, addressLength } = packet;
  const isIp = version !== 0;
  const at = isIp ? packet.payloadAt : ipAt;
  const end = isIp ? packet.end : bytes.length;
  const isFragment = packet.fragmentAt >= 0;
  if (isIp) {
    assert.equal(end, bytes.length, 'the frame ends with its packet');
    if (!isFragment) assertChecksum(packet);
  }
  return {
    bytes,
    virtio: virtioNet.parse(bytes),
    ethernet: ethernet.parse(bytes, packet.ethernetAt),
    version,
    from: isIp ? formatIp(bytes.subarray(sourceAt, sourceAt + addressLength)) : '',
    to: isIp ? formatIp(bytes.subarray(destinationAt, destinationAt + addressLength)) : '',
    hopLimit: packet.hopLimit,
    protocol: packet.protocol,
    payload: bytes.slice(at, end),
    isFragment,
  };
}

/** Whole, or the pseudo header's for the device to go on with. */
function assertChecksum(packet: Packet): void {
  const { view, payloadAt, end, protocol, ethernetAt } = packet;
  const pseudo = protocol === 1 ? 0 : packet.pseudoHeaderSum();
  if (!packet.checksumIsPartial) {
    const sum = checksum.addBytes(pseudo, view, payloadAt, end - payloadAt);
    assert.ok(checksum.isIntact(sum), 'the checksum is right');
    return;
  }
  const { checksumStart, checksumOffset } = virtioNet.parse(packet.bytes, ethernetAt - 10);
  assert.equal(checksumStart, payloadAt - ethernetAt);
  assert.equal(view.getUint16(payloadAt + checksumOffset), checksum.fold(pseudo));
}
