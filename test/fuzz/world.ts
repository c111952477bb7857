/**
 * A stack, a host and a namespace that a run's operations happen to. Throws when something is not as
 * it must be: a frame that is malformed, a call that a host must never get, more kept than allowed,
 * a deadline that does not move, anything left when all is over.
 */
import { Stack, type Refusal, type StackLimits } from '../../src/stack/index.js';
import { dataViewOf } from '../../src/wire/index.js';
import { settings } from '../support/stack/guest.js';
import { FrameChecks } from './checks.js';
import { Connections } from './connections.js';
import { FuzzHosts, require, type Stream } from './hosts.js';
import type { Input, Operation } from './input.js';
import { repair } from './repair.js';

const MTU = 1500;

const limits = {
  udpFlows: 8,
  echoFlows: 4,
  fragmentBytes: 100_000,
  tcp: { flows: 12, pendingFlows: 6, waitingFlows: 4, heldBytes: 200_000 },
} satisfies Partial<StackLimits>;

/** How often in a row a stack may say that it wants to be polled at once. */
const POLLS_MAX = 10_000;

export function run(input: Input): void {
  const world = new World();
  for (const operation of input) world.happen(operation);
  world.end();
}

class World {
  readonly #hosts = new FuzzHosts();
  readonly #connections = new Connections();
  readonly #checks = new FrameChecks(MTU);
  readonly #stack: Stack;
  #now = 1000;
  #isFull = false;
  #chance = 1;

  constructor() {
    this.#stack = new Stack({
      settings: { ...settings, mtu: MTU },
      link: { send: this.#take.bind(this) },
      hosts: this.#hosts,
      random: () => (this.#chance = (Math.imul(this.#chance, 1_664_525) + 1_013_904_223) >>> 0),
      limits,
    });
    this.#wait(0);
  }

  happen(operation: Operation): void {
    const { a, b, c } = operation;
    switch (operation.kind) {
      case 'frame':
        this.#send(repair(operation.bytes, a));
        break;
      case 'segment':
        this.#send(this.#connections.frameOf(operation));
        break;
      case 'wait':
        this.#wait(a % 2 === 0 || this.#isFull ? b % 3000 : (b % 400) * 1000);
        break;
      case 'datagram':
        this.#onDatagram(operation);
        break;
      case 'stream':
        this.#onStream(operation);
        break;
      case 'policy':
        this.#hosts.refusal = refusals[a % refusals.length];
        this.#hosts.connects = ([undefined, 'connected', 'refused'] as const)[b % 3];
        this.#hosts.isEcho = c % 2 === 1;
        break;
      case 'link':
        this.#isFull = a % 2 === 1;
        break;
      case 'change':
        this.#stack.change({ ipv6IsDefault: a % 2 === 1, searchDomains: domains(b) }, this.#now);
        break;
      case 'open':
        this.#open(a);
        break;
    }
    this.#check();
  }

  /** All breaks and half an hour passes: nothing may be left. */
  end(): void {
    this.#isFull = false;
    for (const attempt of this.#hosts.attempts) {
      if (attempt.isPending) this.#hosts.refuse(attempt, { kind: 'silent' });
      const { stream } = attempt;
      if (stream && !stream.isClosed) {
        stream.isBroken = true;
        attempt.events.failed(this.#now);
      }
    }
    this.#wait(1_800_000);
    const { udpFlows, echoFlows, fragmentBytes } = this.#stack.usage();
    require(udpFlows + echoFlows + fragmentBytes === 0, 'something was left after half an hour');
    require([...this.#stack.tcp.flows()].length === 0, 'a TCP flow was left after half an hour');
    require(this.#stack.tcp.heldBytes === 0, 'data was left after half an hour');
    const isOpen = this.#hosts.datagrams.some((socket) => socket.isOpen);
    require(!isOpen, 'a socket was left open after half an hour');
  }

  /** In bytes that end where the frame ends, so that reading on is an error. */
  #send(frame: Uint8Array): void {
    const before = frame.length % 2 === 0 ? 0 : 34;
    const arena = new Uint8Array(before + frame.length);
    arena.set(frame, before);
    this.#stack.onFrame(arena, dataViewOf(arena), before, frame.length, this.#now);
  }

  #take(bytes: Uint8Array, at: number, length: number): boolean {
    require(at >= 0 && at + length <= bytes.length, 'a frame beyond its bytes went out');
    const frame = bytes.slice(at, at + length);
    const segment = this.#checks.check(frame);
    if (this.#isFull) return false;
    const { destinationAt, addressLength } = this.#checks.packet;
    if (segment) {
      this.#connections.note(frame.subarray(destinationAt, destinationAt + addressLength), segment);
    }
    return true;
  }

  #wait(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (let polls = 0; ; polls++) {
      require(polls < POLLS_MAX, 'polls without end');
      const next = this.#stack.nextDeadline();
      if (next === undefined || next > end) break;
      this.#now = Math.max(this.#now, next);
      this.#hosts.now = this.#now;
      this.#stack.poll(this.#now);
    }
    this.#now = end;
    this.#hosts.now = end;
    this.#stack.poll(end);
  }

  #onDatagram({ a, b, c, bytes }: Operation): void {
    const { datagrams } = this.#hosts;
    const socket = datagrams[a % Math.max(1, datagrams.length)];
    if (socket?.isOpen !== true) return;
    if (b % 4 === 0) {
      const length = c % 65_528;
      const segment = (c >>> 16) % 2 === 0 ? length : Math.max(1, (c >>> 17) % 2000);
      const { outgoing } = this.#stack;
      const isInPlace = (c >>> 30) % 2 === 1;
      const at = this.#stack.datagramAt(socket.version === 4 ? 4 : 6);
      if (isInPlace) socket.events.received(outgoing.bytes, at, length, Math.min(segment, length));
      else socket.events.received(new Uint8Array(length), 0, length, Math.min(segment, length));
    } else if (b % 4 === 1) {
      const reporter = c % 2 === 0 ? bytes.slice(0, socket.version === 4 ? 4 : 16) : undefined;
      const error = { type: c & 0xff, code: (c >>> 8) & 0xff, mtu: c >>> 16, quoted: bytes };
      socket.events.unreachable(reporter ? { ...error, reporter } : error);
    } else if (b % 4 === 2) {
      socket.isOpen = false;
      socket.events.closed();
    } else {
      socket.failure = c & 0xff;
    }
  }

  #onStream({ a, b, c }: Operation): void {
    const { attempts } = this.#hosts;
    const attempt = attempts[a % Math.max(1, attempts.length)];
    if (attempt === undefined) return;
    if (attempt.isPending) {
      const refusal = refusals[c % refusals.length];
      if (b % 2 === 0 || refusal === undefined) this.#hosts.accept(attempt);
      else this.#hosts.refuse(attempt, refusal);
    } else if (attempt.stream && !attempt.stream.isClosed) {
      this.#move(attempt.stream, b, c);
    }
  }

  #move(stream: Stream, how: number, amount: number): void {
    const { events } = stream;
    switch (how % 4) {
      case 0:
        if (!stream.hasEnded) stream.arrived += 1 + (amount % 200_000);
        events?.readable(this.#now, stream.hasEnded);
        break;
      case 1:
        stream.hasEnded = true;
        events?.readable(this.#now, true);
        break;
      case 2:
        stream.room = amount % 100_000;
        stream.error = amount >>> 31 === 1 ? 3000 : 0;
        if (stream.awaitsSpace) {
          stream.awaitsSpace = false;
          events?.writable(this.#now);
        }
        break;
      default:
        stream.isBroken = true;
        events?.failed(this.#now);
    }
  }

  /** To one of the ends that the world keeps track of. */
  #open(which: number): void {
    const ends = this.#connections.endsOf(which);
    if (which % 5 === 4) {
      this.#hosts.openDatagramsFromHost(ends, (host) => {
        return this.#stack.openDatagrams(ends, host, this.#now);
      });
      return;
    }
    this.#hosts.openFromHost((stream) => this.#stack.tcp.open(ends, () => stream, this.#now));
  }

  #check(): void {
    this.#stack.poll(this.#now);
    const { udpFlows, echoFlows, fragmentBytes } = this.#stack.usage();
    require(udpFlows <= limits.udpFlows, 'more UDP flows than allowed');
    require(echoFlows <= limits.echoFlows, 'more echo flows than allowed');
    require(fragmentBytes <= limits.fragmentBytes, 'more fragments than allowed');
    require(this.#stack.tcp.heldBytes <= limits.tcp.heldBytes, 'more held than allowed');
    const flows = [...this.#stack.tcp.flows()].length;
    require(flows <= limits.tcp.flows, 'more TCP flows than allowed');
  }
}

const refusals: readonly (Refusal | undefined)[] = [
  undefined,
  undefined,
  { kind: 'refused' },
  { kind: 'silent' },
  { kind: 'unreachable', type: 3, code: 1 },
  { kind: 'unreachable', type: 1, code: 0 },
];

function domains(count: number): string[] {
  const lengths = [0, 1, 2, 50];
  return Array.from({ length: lengths[count % 4] ?? 0 }, (_, i) => `domain-${i}.example`);
}
