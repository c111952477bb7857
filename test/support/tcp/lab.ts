/** A TCP without a kernel: segments in, segments out, host streams in memory, time by hand. */
import assert from 'node:assert/strict';
import { Drops } from '../../../src/stack/drops.js';
import type { FlowBudget } from '../../../src/stack/flow-budget.js';
import type { EndReason, FlowInfo, WatchedFlow } from '../../../src/stack/flow-watch.js';
import type { SentPacket } from '../../../src/stack/error-reports.js';
import type { FlowEnds, IcmpError, TcpEvents } from '../../../src/stack/host.js';
import { Clock } from '../../../src/stack/clock.js';
import { Outgoing } from '../../../src/stack/outgoing.js';
import { Packet } from '../../../src/stack/packet.js';
import { PathMtus } from '../../../src/stack/path-mtus.js';
import { Tcp, type TcpLimits } from '../../../src/stack/tcp/index.js';
import { dataViewOf } from '../../../src/wire/index.js';
import { FakeStream } from './fake-stream.js';
import {
  frameOf,
  gatewayMac,
  guestMac,
  parseFrame,
  type Ends,
  type SegmentValues,
  type SentSegment,
} from './frames.js';

export const theirs = 1000;
export const ours = 5000;

export const ipv4Ends: Ends = {
  namespace: '10.0.2.100',
  namespacePort: 40_000,
  remote: '192.0.2.1',
  remotePort: 80,
};

export const ipv6Ends: Ends = { ...ipv4Ends, namespace: 'fd00::100', remote: '2001:db8::1' };

/** MSS 1460, SACK permitted, window scale 7. */
export const usualOptions = [2, 4, 0x05, 0xb4, 4, 2, 1, 3, 3, 7];

export interface LabOptions {
  readonly mtu?: number;
  readonly limits?: Partial<TcpLimits>;
  readonly ends?: Ends;
  readonly random?: () => number;
  readonly budget?: FlowBudget;
}

/** A connection that a namespace wants to make. */
export interface Attempt {
  readonly ends: FlowEnds;
  readonly events: TcpEvents;
  isCancelled: boolean;
}

export class Lab {
  readonly drops = new Drops();
  readonly attempts: Attempt[] = [];
  readonly icmpErrors: { readonly sent: SentPacket; readonly error: IcmpError }[] = [];
  readonly tcp: Tcp;
  readonly ends: Ends;
  /** Flows that were said to begin and not to end. */
  readonly watched = new Set<FlowEnds>();
  /** Why flows have ended. */
  readonly reasons: EndReason[] = [];
  now = 0;
  /** The link takes nothing. */
  linkIsFull = false;
  /** Answers a connection at once. */
  onConnect: ((events: TcpEvents) => void) | undefined;
  #sent: SentSegment[] = [];

  constructor(options: LabOptions = {}) {
    const { mtu = 1500, limits, ends = ipv4Ends, random = () => ours, budget } = options;
    this.ends = ends;
    const link = { send: this.#send.bind(this) };
    this.tcp = new Tcp({
      outgoing: new Outgoing(link, this.drops),
      host: { connect: this.#connect.bind(this) },
      settings: { mac: gatewayMac, guestMac, mtu },
      pathMtus: new PathMtus({ clock: new Clock(), settings: { mtu } }),
      drops: this.drops,
      random,
      errors: {
        aboutPacket: () => assert.fail('TCP sends errors about what was sent'),
        aboutSent: (sent, error) => this.icmpErrors.push({ sent, error }),
      },
      ...{ limits, budget },
      watch: { began: this.#began.bind(this), ended: this.#ended.bind(this) },
    });
  }

  /** The host's end of the only, or last, flow. */
  get attempt(): Attempt {
    return this.attempts.at(-1) ?? assert.fail('the host was not asked to connect');
  }

  get events(): TcpEvents {
    return this.attempt.events;
  }

  /** A segment from the namespace. */
  send(values: SegmentValues, ends = this.ends): void {
    this.sendFrame(frameOf(ends, values));
  }

  sendFrame(frame: Uint8Array): void {
    const packet = new Packet();
    assert.equal(packet.read(frame, dataViewOf(frame), 0, frame.length), undefined);
    this.tcp.onSegment(packet, this.now);
  }

  sendSyn(values: SegmentValues = {}, ends = this.ends): void {
    this.send({ flags: 'SYN', seq: theirs, options: usualOptions, ...values }, ends);
  }

  poll(): void {
    this.tcp.poll(this.now);
  }

  /** Lets time pass, with a poll at every deadline on the way. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (let rounds = 0; rounds < 10_000; rounds++) {
      const next = this.tcp.nextDeadline();
      if (next === undefined || next > end) break;
      this.now = Math.max(this.now, next);
      this.poll();
    }
    this.now = end;
  }

  /** What was sent to the namespace since the last time. */
  take(): SentSegment[] {
    this.poll();
    return this.#sent.splice(0);
  }

  /** The same without a poll. */
  takeSent(): SentSegment[] {
    return this.#sent.splice(0);
  }

  /** Exactly these segments were sent; of each only what is named is compared. */
  expectSegments(...expected: Partial<Omit<SentSegment, 'data'> & { data: string }>[]): void {
    const sent = this.take().map((segment) => ({
      ...segment,
      data: Buffer.from(segment.data).toString('latin1'),
    }));
    const compared = sent.map((segment, i) =>
      Object.fromEntries(
        Object.keys(expected[i] ?? segment).map((key) => [key, segment[key as keyof SentSegment]]),
      ),
    );
    assert.deepEqual(compared, expected);
  }

  expectNothing(): void {
    this.expectSegments();
  }

  state(): string | undefined {
    return [...this.tcp.flows()][0]?.state;
  }

  /** Nothing is left of any flow. */
  expectGone(): void {
    assert.deepEqual([...this.tcp.flows()], []);
    assert.equal(this.watched.size, 0);
    assert.equal(this.tcp.nextDeadline(), undefined);
  }

  #send(bytes: Uint8Array, at: number, length: number): boolean {
    if (this.linkIsFull) return false;
    this.#sent.push(parseFrame(bytes.slice(at, at + length)));
    return true;
  }

  #began({ ends }: WatchedFlow): void {
    this.watched.add(ends);
  }

  #ended({ ends }: FlowInfo, why: EndReason): void {
    assert.ok(this.watched.delete(ends), 'a flow ends once, and after it began');
    this.reasons.push(why);
  }

  #connect(ends: FlowEnds, events: TcpEvents): { cancel(): void } {
    const attempt = { ends, events, isCancelled: false };
    this.attempts.push(attempt);
    this.onConnect?.(events);
    return {
      cancel: () => {
        attempt.isCancelled = true;
      },
    };
  }
}

export interface Established {
  readonly lab: Lab;
  readonly stream: FakeStream;
  readonly events: TcpEvents;
}

/** A connection from the namespace: its next number is `theirs + 1`, ours `ours + 1`. */
export function established(
  options: LabOptions & { readonly syn?: SegmentValues; readonly room?: number } = {},
): Established {
  const lab = new Lab(options);
  const stream = new FakeStream();
  stream.room = options.room ?? stream.room;
  lab.sendSyn(options.syn);
  lab.events.connected(stream, lab.now);
  lab.take();
  lab.send({ seq: theirs + 1, ack: ours + 1, window: 512 });
  lab.expectNothing();
  assert.equal(lab.state(), 'ESTABLISHED');
  return { lab, stream, events: lab.events };
}

/** The host's stream ends. */
export function hostEnds({ stream, events, lab }: Established): void {
  stream.hasEnded = true;
  events.readable(lab.now, true);
}
