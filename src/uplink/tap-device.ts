/**
 * The device: a tap inside a namespace, its frames read and written from outside. Each frame begins
 * with a virtio-net header, so checksums and segments are the kernel's work on both sides
 * (tuntap.rst, TUNSETOFFLOAD).
 */
import { errnoNumber, trafficCalls, syscallNumber } from '../native/index.js';
import { openOne, tapOpening, type FileDescriptor, type FindInside } from '../sockets/index.js';
import type { Link } from '../stack/index.js';
import { dataViewOf } from '../wire/index.js';
import * as k from './constants.js';
import type { Loop, Ready } from './loop.js';

/** The largest IP packet (64 KiB less one), its Ethernet and virtio-net header, rounded up. */
const SLOT_BYTES = 65_600;
/** Frames in a row before others have their turn. */
const SLOTS = 32;
/** The same where others wait: each may be a flow to begin. */
const FEW_SLOTS = 8;

const WRITE = syscallNumber('write');
const EAGAIN = -errnoNumber('EAGAIN');

/** Takes one frame out of the arena, whose bytes are used again. */
export type OnFrame = (
  ...frame: [bytes: Uint8Array, view: DataView, at: number, length: number, now: number]
) => void;

/** Sees every frame that crosses the device, in both directions. */
export interface FrameObserver {
  /** From the namespace, before anything is done about it. */
  arrived(frame: Uint8Array): void;
  /** What it leads to at once has been done. */
  handled(): void;
  /** To the namespace. */
  sent(frame: Uint8Array): void;
}

/** With and without UDP segments (Linux 6.2). */
const OFFLOADS = k.TUN_F_CSUM | k.TUN_F_TSO4 | k.TUN_F_TSO6 | k.TUN_F_TSO_ECN;
const UDP_OFFLOADS = k.TUN_F_USO4 | k.TUN_F_USO6;

export interface OpenTap {
  readonly descriptor: FileDescriptor;
  readonly name: string;
  /** Whether super-datagrams may be given to the device. */
  readonly hasUdpSegments: boolean;
}

/** Makes the device, or attaches to the one that is there. */
export async function openTap(find: FindInside, name: string): Promise<OpenTap> {
  const common = { vnetHeader: 10, nonBlocking: true } as const;
  try {
    const opening = tapOpening(name, { ...common, offloads: OFFLOADS | UDP_OFFLOADS });
    return { ...(await openOne(find, opening)), hasUdpSegments: true };
  } catch (error) {
    const { code, step } = error as { code?: unknown; step?: unknown };
    if (code !== 'EINVAL' || !String(step).startsWith('set the offloads')) throw error;
    const opening = tapOpening(name, { ...common, offloads: OFFLOADS });
    return { ...(await openOne(find, opening)), hasUdpSegments: false };
  }
}

export class TapDevice implements Link, Ready {
  readonly #calls = trafficCalls();
  readonly #fd: number;
  readonly #loop: Pick<Loop, 'isShared'>;
  readonly #arena = new Uint8Array(SLOTS * SLOT_BYTES);
  readonly #view = dataViewOf(this.#arena);
  readonly #lengths = new Int32Array(SLOTS);
  readonly #fewLengths = this.#lengths.subarray(0, FEW_SLOTS);
  #onFrame: OnFrame = () => undefined;
  #onGone: () => void = () => undefined;

  /** Whether the last look found fewer frames than there was room for. */
  isDrained = true;
  /** Costs a branch when there is none. */
  observer: FrameObserver | undefined;

  constructor(fd: number, loop: Pick<Loop, 'isShared'>) {
    this.#fd = fd;
    this.#loop = loop;
  }

  /** Where frames go, and who hears that the device has gone with its namespace. */
  attach(onFrame: OnFrame, onGone: () => void): void {
    this.#onFrame = onFrame;
    this.#onGone = onGone;
  }

  send(bytes: Uint8Array, at: number, length: number): boolean {
    const isTaken = this.#calls.transfer(WRITE, this.#fd, bytes, at, length, 0) >= 0;
    if (this.observer !== undefined && isTaken) {
      this.observer.sent(bytes.subarray(at, at + length));
    }
    return isTaken;
  }

  ready(_events: number, now: number): void {
    const lengths = this.#loop.isShared ? this.#fewLengths : this.#lengths;
    const frames = this.#calls.readFrames(this.#fd, this.#arena, SLOT_BYTES, lengths);
    this.isDrained = frames < lengths.length;
    for (let i = 0; i < frames; i++) {
      const { observer } = this;
      const length = this.#lengths[i] ?? 0;
      observer?.arrived(this.#arena.subarray(i * SLOT_BYTES, i * SLOT_BYTES + length));
      this.#onFrame(this.#arena, this.#view, i * SLOT_BYTES, length, now);
      observer?.handled();
    }
    if (frames < 0 && frames !== EAGAIN) this.#onGone();
  }
}
