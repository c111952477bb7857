/**
 * The namespace's end of one connection, as plain as RFC 9293 allows: the other side in simulations.
 * It shares no code with the stack. Numbers count from the initial sequence number and never wrap;
 * only the wire does.
 */
import type { SegmentValues, SentSegment } from './frames.js';
import type { Chance } from './chance.js';

const RTO_MS = 300;
const FRAME_MAX = 65_000;

export interface PeerOptions {
  readonly iss: number;
  readonly chance: Chance;
  readonly data: Uint8Array;
  readonly mss: number;
  readonly usesSack: boolean;
  /** -1: none. */
  readonly windowShift: number;
  /** What the application leaves unread at most. */
  readonly bufferBytes: number;
  /** The end of its stream waits for the end of the other one. */
  readonly closesLast: boolean;
  /** The end of its stream waits for so many bytes of the other one. */
  readonly expects: number;
  readonly send: (values: SegmentValues) => void;
}

export class Peer {
  readonly received: number[] = [];
  /** The other stream has ended, and so has ours, acknowledged. */
  isDone = false;
  wasReset = false;
  deadline = 0;

  readonly data: Uint8Array;
  readonly #options: PeerOptions;
  #isEstablished = false;
  #una = 0;
  #next = 0;
  #window = 1;
  #otherShift = 0;
  #otherIss = 0;
  #rcvNxt = 0;
  #hasOtherEnd = false;
  #unread = 0;
  #duplicates = 0;
  readonly #early = new Map<number, number>();
  #earlyEnd = -1;

  constructor(options: PeerOptions) {
    this.#options = options;
    this.data = options.data;
  }

  /** Sends the SYN, later whatever is due. */
  poll(now: number): void {
    if (now < this.deadline || this.isDone || this.wasReset) return;
    this.deadline = now + RTO_MS * (0.5 + this.#options.chance());
    if (!this.#isEstablished) {
      this.#sendSyn();
      return;
    }
    this.#next = this.#una;
    this.#pump(1);
    if (this.#una === this.#next) this.#sendAck();
  }

  /** The application reads some of what has come; the window opens. */
  read(): void {
    const step = Math.min(this.#options.mss, this.#options.bufferBytes / 2);
    const wasClosed = this.#space() < step;
    this.#unread -= Math.ceil(this.#options.chance() * this.#unread);
    if (this.#isEstablished && wasClosed && this.#space() >= step) this.#sendAck();
  }

  onSegment(segment: SentSegment, now: number): void {
    const flags = segment.flags.split('|');
    if (this.wasReset) return;
    if (this.isDone) {
      // TIME-WAIT: our last acknowledgment got lost.
      if (flags.includes('FIN')) this.#sendAck();
    } else if (flags.includes('RST')) {
      this.wasReset = true;
    } else if (flags.includes('SYN')) {
      this.#onSyn(segment);
    } else if (this.#isEstablished) {
      this.#onAck(segment, now);
      this.#onText(segment, flags.includes('FIN'));
      this.#pump(1 + Math.floor(4 * this.#options.chance()));
      this.#finish();
    }
  }

  #onSyn(segment: SentSegment): void {
    if (!this.#isEstablished) {
      this.#isEstablished = true;
      this.#otherIss = segment.seq;
      this.#otherShift = this.#options.windowShift < 0 ? 0 : Math.max(0, segment.windowShift);
      this.#rcvNxt = 1;
      this.#una = 1;
      this.#next = 1;
      this.#window = segment.window;
    }
    this.#sendAck();
    this.#pump(2);
  }

  #onAck(segment: SentSegment, now: number): void {
    const ack = this.#una + ((segment.ack - this.#wire(this.#una)) | 0);
    if (ack > this.#end() + 1 || ack < this.#una) return;
    this.#window = segment.window << this.#otherShift;
    this.#duplicates = ack === this.#una && segment.data.length === 0 ? this.#duplicates + 1 : 0;
    if (ack > this.#una) {
      this.#una = ack;
      this.#next = Math.max(this.#next, ack);
      this.deadline = now + RTO_MS;
    } else if (this.#duplicates === 3) {
      this.#sendFrom(this.#una);
    }
  }

  #onText({ seq, data }: SentSegment, hasFin: boolean): void {
    const start = this.#rcvNxt + ((seq - (this.#otherIss + this.#rcvNxt)) | 0);
    const limit = this.#rcvNxt + this.#space();
    data.forEach((byte, i) => {
      const at = start + i;
      if (at >= this.#rcvNxt && at < limit) this.#early.set(at, byte);
    });
    if (hasFin) this.#earlyEnd = start + data.length;
    for (let byte = this.#early.get(this.#rcvNxt); byte !== undefined;) {
      this.received.push(byte);
      this.#unread++;
      this.#early.delete(this.#rcvNxt);
      this.#rcvNxt++;
      byte = this.#early.get(this.#rcvNxt);
    }
    if (this.#earlyEnd === this.#rcvNxt) {
      this.#hasOtherEnd = true;
      this.#earlyEnd = -1;
      this.#rcvNxt++;
    }
    if (data.length > 0 || hasFin || start < this.#rcvNxt) this.#sendAck();
  }

  /** The number of our FIN. */
  #end(): number {
    return 1 + this.#options.data.length;
  }

  #mayEnd(): boolean {
    const { closesLast, expects } = this.#options;
    return this.#hasOtherEnd || (!closesLast && this.received.length >= expects);
  }

  #pump(segments: number): void {
    for (let i = 0; i < segments; i++) {
      const room = this.#una + Math.max(1, this.#window) - this.#next;
      if (room <= 0 || this.#next > this.#end()) return;
      const sent = this.#sendFrom(this.#next, room);
      if (sent === 0) return;
      this.#next += sent;
    }
  }

  /** Of any size up to a super-frame, often with the FIN on it. */
  #sendFrom(from: number, room = 1): number {
    const { data, mss, chance } = this.#options;
    const most = chance() < 0.3 ? mss * 8 : mss * chance();
    const length = Math.min(Math.ceil(most), FRAME_MAX, room, this.#end() - from);
    const bytes = data.subarray(from - 1, from - 1 + length);
    const hasFin = from + length === this.#end() && this.#mayEnd();
    if (length === 0 && !hasFin) return 0;
    this.#send({ flags: hasFin ? 'FIN|ACK' : 'ACK', seq: this.#wire(from), data: bytes });
    return length + (hasFin ? 1 : 0);
  }

  #finish(): void {
    this.isDone = this.#hasOtherEnd && this.#una > this.#end();
  }

  #space(): number {
    return Math.max(0, this.#options.bufferBytes - this.#unread);
  }

  #sendAck(): void {
    this.#send({ seq: this.#wire(this.#next), options: this.#sackOption() });
  }

  #send(values: SegmentValues): void {
    const window = Math.min(0xffff, this.#space() >> Math.max(0, this.#options.windowShift));
    this.#options.send({ ack: this.#otherIss + this.#rcvNxt, window, ...values });
  }

  #sendSyn(): void {
    const { mss, usesSack, windowShift, iss } = this.#options;
    const options = [2, 4, mss >> 8, mss & 255];
    if (usesSack) options.push(4, 2);
    if (windowShift >= 0) options.push(3, 3, windowShift);
    this.#options.send({
      flags: 'SYN',
      seq: iss,
      window: Math.min(0xffff, this.#space()),
      options,
    });
  }

  #sackOption(): number[] {
    if (!this.#options.usesSack || this.#early.size === 0) return [];
    const blocks: number[][] = [];
    for (const at of [...this.#early.keys()].sort((a, b) => a - b)) {
      const last = blocks.at(-1);
      if (last?.[1] === at) last[1] = at + 1;
      else blocks.push([at, at + 1]);
    }
    const edges = blocks.slice(0, 3).flat();
    const bytes = edges.flatMap((edge) => bigEndian(this.#otherIss + edge));
    return [5, 2 + bytes.length, ...bytes];
  }

  #wire(number: number): number {
    return (this.#options.iss + number) >>> 0;
  }
}

function bigEndian(word: number): number[] {
  return [24, 16, 8, 0].map((shift) => (word >>> shift) & 255);
}
