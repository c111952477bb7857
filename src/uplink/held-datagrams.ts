/** A flow of datagrams that waits for its decision: the first ones are kept, as a socket would. */
import {
  portUnreachable,
  type DatagramEvents,
  type FlowEnds,
  type HostDatagrams,
  type Refusal,
} from '../stack/index.js';
import { EAGAIN } from './socket-calls.js';

/** What programs send before they wait for an answer, and a little more. */
const HELD_MAX = 16;
const HELD_BYTES_MAX = 65_536;

interface Held {
  readonly bytes: Uint8Array;
  readonly segment: number;
}

export class HeldDatagrams implements HostDatagrams {
  readonly #ends: FlowEnds;
  readonly #events: DatagramEvents;
  #held: Held[] = [];
  #heldBytes = 0;
  #hopLimit: number | undefined;
  #host: HostDatagrams | undefined;
  #isClosed = false;

  constructor(ends: FlowEnds, events: DatagramEvents) {
    this.#ends = ends;
    this.#events = events;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The decision has come. */
  settle(answer: HostDatagrams | Refusal): void {
    const held = this.#held;
    this.#held = [];
    if ('kind' in answer) {
      this.#refuse(answer);
      return;
    }
    this.#host = answer;
    if (this.#hopLimit !== undefined) answer.setHopLimit?.(this.#hopLimit);
    for (const { bytes, segment } of held) this.sendSegments(bytes, 0, bytes.length, segment);
  }

  send(bytes: Uint8Array, at: number, length: number): number {
    return this.#host?.send(bytes, at, length) ?? this.#hold(bytes.slice(at, at + length), length);
  }

  sendSegments(bytes: Uint8Array, at: number, length: number, segment: number): number {
    if (this.#host === undefined) return this.#hold(bytes.slice(at, at + length), segment);
    if (segment >= length) return this.#host.send(bytes, at, length);
    return this.#host.sendSegments(bytes, at, length, segment);
  }

  setHopLimit(hopLimit: number): void {
    this.#hopLimit = hopLimit;
    this.#host?.setHopLimit?.(hopLimit);
  }

  close(): void {
    this.#isClosed = true;
    this.#held = [];
    this.#host?.close();
  }

  #hold(bytes: Uint8Array, segment: number): number {
    const isFull = this.#held.length >= HELD_MAX || this.#heldBytes + bytes.length > HELD_BYTES_MAX;
    if (isFull || this.#isClosed) return EAGAIN;
    this.#held.push({ bytes, segment });
    this.#heldBytes += bytes.length;
    return bytes.length;
  }

  #refuse(refusal: Refusal): void {
    this.#isClosed = true;
    if (refusal.kind === 'refused') this.#events.unreachable(portUnreachable(this.#ends.version));
    if (refusal.kind === 'unreachable') this.#events.unreachable(refusal);
    this.#events.closed();
  }
}
