/**
 * A host's socket in simulations: room that is limited and misjudged, bytes that come in pieces,
 * edges that are told once.
 */
import {
  EAGAIN,
  PEEK_WINDOW_BYTES,
  type HostStream,
  type TcpEvents,
} from '../../../src/stack/host.js';
import { between, type Chance } from './chance.js';

export class HostSocket implements HostStream {
  readonly received: number[] = [];
  isShutdown = false;
  closed: 'orderly' | 'abort' | undefined;
  /** Something that a stream must never be asked. */
  fault: string | undefined;

  readonly #chance: Chance;
  readonly data: Uint8Array;
  readonly #bufferBytes: number;
  readonly #waitsForEnd: boolean;
  readonly #expects: number;
  /** In the send buffer, not taken by the other side yet. */
  #queued = 0;
  /** How much of the data has come, and how much of that is discarded. */
  #arrived = 0;
  #discarded = 0;
  #hasEnded = false;
  #awaitsSpace = false;

  constructor(chance: Chance, options: HostSocketOptions) {
    this.#chance = chance;
    this.data = options.data;
    this.#bufferBytes = options.bufferBytes;
    this.#waitsForEnd = options.closesLast;
    this.#expects = options.expects;
  }

  /** The other side takes and sends; the flow is told what a kernel would tell. */
  step(events: TcpEvents, now: number): void {
    if (this.closed !== undefined) return;
    this.#queued -= Math.ceil(this.#chance() * this.#queued);
    const isFree = 3 * (this.#bufferBytes - this.#queued) >= this.#bufferBytes;
    if (this.#awaitsSpace && isFree) {
      this.#awaitsSpace = false;
      events.writable(now);
    }
    const more = Math.min(between(this.#chance, 0, 20_000), this.data.length - this.#arrived);
    const ends = this.#arrived + more === this.data.length && !this.#hasEnded && this.#mayEnd();
    this.#arrived += more;
    this.#hasEnded ||= ends;
    if (more > 0 || ends) events.readable(now, this.#hasEnded);
  }

  send(bytes: Uint8Array, at: number, length: number): number {
    this.#check(!this.isShutdown, 'sent after shutdown');
    const taken = Math.min(length, this.#bufferBytes - this.#queued);
    if (taken <= 0) return -EAGAIN;
    this.received.push(...bytes.subarray(at, at + taken));
    this.#queued += taken;
    return taken;
  }

  sendSpace(): number {
    const error = Math.floor((this.#chance() - 0.3) * 3000);
    return Math.max(0, this.#bufferBytes - this.#queued + error);
  }

  awaitSpace(): void {
    this.#awaitsSpace = true;
  }

  peek(offset: number, into: Uint8Array, at: number, length: number): number {
    this.#check(offset + length <= PEEK_WINDOW_BYTES, 'peeked too far');
    this.#check(offset >= 0 && length > 0, 'peeked nowhere');
    const from = this.#discarded + offset;
    this.#check(from <= this.#arrived, 'peeked behind the end');
    const bytes = this.data.subarray(from, Math.min(this.#arrived, from + length));
    into.set(bytes, at);
    if (bytes.length > 0) return bytes.length;
    return this.#hasEnded ? 0 : -EAGAIN;
  }

  discard(length: number): void {
    this.#discarded += length;
    this.#check(this.#discarded <= this.#arrived, 'discarded what never came');
  }

  shutdown(): void {
    this.#check(!this.isShutdown, 'shut down twice');
    this.isShutdown = true;
  }

  close(how: 'orderly' | 'abort'): void {
    this.#check(this.closed === undefined, 'closed twice');
    const isWhole = this.#discarded === this.#arrived && this.#hasEnded;
    this.#check(
      how === 'abort' || isWhole,
      'closed with unread bytes: the other side gets a reset',
    );
    this.closed = how;
  }

  #mayEnd(): boolean {
    return this.isShutdown || (!this.#waitsForEnd && this.received.length >= this.#expects);
  }

  #check(isSound: boolean, fault: string): void {
    if (!isSound || this.closed !== undefined) this.fault ??= isSound ? 'used when closed' : fault;
  }
}

export interface HostSocketOptions {
  readonly data: Uint8Array;
  readonly bufferBytes: number;
  /** The end of its stream waits for the end of the other one, or for so many bytes of it. */
  readonly closesLast: boolean;
  readonly expects: number;
}
