/** The host's end of a flow, kept in memory: what it was given, and what there is to peek. */
import { EAGAIN, type HostStream, type Outcome } from '../../../src/stack/host.js';

export class FakeStream implements HostStream {
  /** What the namespace has sent. */
  readonly received: number[] = [];
  /** What is there for the namespace and was not discarded. */
  #waiting = new Uint8Array(0);
  discarded = 0;
  /** How much `send` takes until it is full. */
  room = 1 << 22;
  /** How much less `sendSpace` should say it is: the estimate errs. */
  error = 0;
  hasEnded = false;
  /** An errno that every call answers from now on, as a positive number. */
  broken = 0;
  isShutdown = false;
  closed: 'orderly' | 'abort' | undefined;
  awaitsSpace = false;
  /** What came of the opening, as often as it was told. */
  readonly outcomes: Outcome[] = [];
  calls = 0;

  /** More bytes from the other side. */
  write(data: Uint8Array | string): void {
    const more = typeof data === 'string' ? Buffer.from(data) : data;
    this.#waiting = Uint8Array.from([...this.#waiting, ...more]);
  }

  get text(): string {
    return Buffer.from(this.received).toString();
  }

  send(bytes: Uint8Array, at: number, length: number): number {
    this.calls++;
    if (this.broken !== 0) return -this.broken;
    const taken = Math.min(length, this.room);
    if (taken === 0) return -EAGAIN;
    for (let i = 0; i < taken; i++) this.received.push(bytes[at + i] ?? 0);
    this.room -= taken;
    return taken;
  }

  sendSpace(): number {
    return Math.max(0, this.room + this.error);
  }

  awaitSpace(): void {
    this.awaitsSpace = true;
  }

  peek(offset: number, into: Uint8Array, at: number, length: number): number {
    this.calls++;
    const bytes = this.#waiting.subarray(offset, offset + length);
    into.set(bytes, at);
    if (bytes.length > 0) return bytes.length;
    if (this.broken !== 0) return -this.broken;
    return this.hasEnded ? 0 : -EAGAIN;
  }

  discard(length: number): void {
    this.#waiting = this.#waiting.slice(length);
    this.discarded += length;
  }

  shutdown(): void {
    this.isShutdown = true;
  }

  close(how: 'orderly' | 'abort'): void {
    this.closed = how;
  }

  settled(outcome: Outcome): void {
    this.outcomes.push(outcome);
  }
}
