/** A host that does what it is told, and that is strict about what it is asked. */
import {
  EAGAIN,
  PEEK_WINDOW_BYTES,
  type DatagramEvents,
  type FlowEnds,
  type HostDatagrams,
  type Hosts,
  type HostStream,
  type Refusal,
  type TcpEvents,
} from '../../src/stack/host.js';

export class Unsound extends Error {}

export function require(isSound: boolean, problem: string): asserts isSound {
  if (!isSound) throw new Unsound(problem);
}

export class Datagrams implements HostDatagrams {
  readonly events: DatagramEvents;
  readonly version: number;
  isOpen = true;
  /** What `send` answers instead of the length. */
  failure = 0;
  /** Answers itself, before `send` returns. */
  isEcho = false;

  constructor(ends: FlowEnds, events: DatagramEvents) {
    this.events = events;
    this.version = ends.version;
  }

  send(bytes: Uint8Array, at: number, length: number): number {
    require(this.isOpen, 'sent through a closed socket');
    require(at >= 0 && length >= 0 && at + length <= bytes.length, 'sent beyond the bytes');
    if (this.failure !== 0) return -this.failure;
    if (this.isEcho) this.events.received(bytes.slice(at, at + length), 0, length, length);
    return length;
  }

  sendSegments(bytes: Uint8Array, at: number, length: number, segment: number): number {
    require(segment > 0 && segment < length, 'segments that are none');
    return this.send(bytes, at, length);
  }

  setHopLimit(hopLimit: number): void {
    require(hopLimit > 0 && hopLimit < 256, `hop limit ${hopLimit}`);
  }

  close(): void {
    require(this.isOpen, 'closed a socket twice');
    this.isOpen = false;
  }
}

export class Stream implements HostStream {
  events: TcpEvents | undefined;
  room = 65_536;
  /** By how much the estimate of the room is too large. */
  error = 0;
  awaitsSpace = false;
  arrived = 0;
  discarded = 0;
  hasEnded = false;
  isBroken = false;
  isShutdown = false;
  isClosed = false;
  /** It began at the host, and the namespace has accepted or not. */
  isFromHost = false;
  isSettled = false;

  send(bytes: Uint8Array, at: number, length: number): number {
    this.#check(!this.isShutdown, 'sent after shutdown');
    require(at >= 0 && length > 0 && at + length <= bytes.length, 'sent beyond the bytes');
    if (this.isBroken) return -104;
    const taken = Math.min(length, this.room);
    this.room -= taken;
    return taken > 0 ? taken : -EAGAIN;
  }

  sendSpace(): number {
    return this.room + this.error;
  }

  awaitSpace(): void {
    this.#check(true, '');
    this.awaitsSpace = true;
  }

  peek(offset: number, into: Uint8Array, at: number, length: number): number {
    this.#check(offset >= 0 && length > 0, 'peeked nowhere');
    require(offset + length <= PEEK_WINDOW_BYTES, 'peeked too far');
    require(at >= 0 && at + length <= into.length, 'peeked beyond the bytes');
    const there = Math.max(0, this.arrived - this.discarded - offset);
    const count = Math.min(length, there);
    into.fill(this.arrived, at, at + count);
    if (count > 0) return count;
    if (this.isBroken) return -104;
    return this.hasEnded ? 0 : -EAGAIN;
  }

  discard(length: number): void {
    this.#check(length > 0, 'discarded nothing');
    this.discarded += length;
    require(this.discarded <= this.arrived, 'discarded what never came');
  }

  shutdown(): void {
    this.#check(!this.isShutdown, 'shut down twice');
    this.isShutdown = true;
  }

  close(): void {
    this.#check(true, '');
    this.isClosed = true;
  }

  settled(): void {
    this.#check(this.isFromHost && !this.isSettled, 'settled twice, or what never was to be');
    this.isSettled = true;
  }

  #check(isSound: boolean, problem: string): void {
    require(!this.isClosed, 'used a closed stream');
    require(isSound, problem);
  }
}

/** A TCP connection of the host's that is not there yet, or is. */
export interface Attempt {
  readonly events: TcpEvents;
  stream: Stream | undefined;
  /** Neither answered nor given up. */
  isPending: boolean;
}

export class FuzzHosts implements Hosts {
  readonly datagrams: Datagrams[] = [];
  readonly attempts: Attempt[] = [];
  /** How flows of datagrams are answered, when not by a socket. */
  refusal: Refusal | undefined;
  isEcho = false;
  /** How connections are answered at once; undefined: later. */
  connects: 'connected' | 'refused' | undefined;
  now = 0;

  readonly udp = { open: this.#open.bind(this) };
  readonly echo = { open: this.#open.bind(this) };
  readonly tcp = { connect: this.#connect.bind(this) };

  #open(ends: FlowEnds, events: DatagramEvents): HostDatagrams | Refusal {
    if (this.refusal) return this.refusal;
    const socket = new Datagrams(ends, events);
    socket.isEcho = this.isEcho;
    this.datagrams.push(socket);
    return socket;
  }

  #connect(_ends: FlowEnds, events: TcpEvents): { cancel(): void } {
    const attempt: Attempt = { events, stream: undefined, isPending: true };
    this.attempts.push(attempt);
    if (this.connects === 'connected') this.accept(attempt);
    if (this.connects === 'refused') this.refuse(attempt, { kind: 'refused' });
    return {
      cancel: () => {
        require(attempt.isPending, 'gave up what was answered or given up');
        attempt.isPending = false;
      },
    };
  }

  accept(attempt: Attempt): void {
    const stream = new Stream();
    attempt.isPending = false;
    attempt.stream = stream;
    stream.events = attempt.events;
    attempt.events.connected(stream, this.now);
  }

  /** A connection from outside: undefined when the stack does not want it. */
  openFromHost(open: (stream: Stream) => TcpEvents | undefined): void {
    const stream = new Stream();
    stream.isFromHost = true;
    const events = open(stream);
    if (events === undefined) return;
    stream.events = events;
    this.attempts.push({ events, stream, isPending: false });
  }

  /** A datagram from outside begins a flow. */
  openDatagramsFromHost(
    ends: FlowEnds,
    open: (host: HostDatagrams) => DatagramEvents | undefined,
  ): void {
    const relayed: DatagramEvents = {
      received: (...datagram) => events?.received(...datagram),
      unreachable: (error) => events?.unreachable(error),
      closed: () => events?.closed(),
    };
    const socket = new Datagrams(ends, relayed);
    const events = open(socket);
    if (events === undefined) return;
    this.datagrams.push(socket);
    events.received(new Uint8Array(100), 0, 100, 100);
  }

  refuse(attempt: Attempt, refusal: Refusal): void {
    attempt.isPending = false;
    attempt.events.refused(refusal, this.now);
  }
}
