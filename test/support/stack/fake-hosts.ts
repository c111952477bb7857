/** The host's side of flows, made of arrays. */
import assert from 'node:assert/strict';
import type {
  DatagramEvents,
  FlowEnds,
  HostDatagrams,
  Hosts,
  Refusal,
} from '../../../src/stack/index.js';
import { formatIp } from '../../../src/wire/index.js';

/** One flow's socket. */
export class FakeSocket implements HostDatagrams {
  readonly ends: FlowEnds;
  readonly events: DatagramEvents;
  readonly sent: Uint8Array[] = [];
  readonly hopLimits: number[] = [];
  /** Of each super-datagram that was sent. */
  readonly segments: number[] = [];
  /** What the next sends answer instead, as an errno. */
  failure: number | undefined;
  isOpen = true;
  /** Called for what is sent, as a service answers at once. */
  onSend: ((bytes: Uint8Array) => void) | undefined;

  constructor(ends: FlowEnds, events: DatagramEvents) {
    this.ends = ends;
    this.events = events;
  }

  send(bytes: Uint8Array, at: number, length: number): number {
    assert.ok(this.isOpen, 'nothing is sent by a closed socket');
    if (this.failure !== undefined) return this.failure;
    const sent = bytes.slice(at, at + length);
    this.sent.push(sent);
    this.onSend?.(sent);
    return length;
  }

  sendSegments(bytes: Uint8Array, at: number, length: number, segment: number): number {
    this.segments.push(segment);
    return this.send(bytes, at, length);
  }

  setHopLimit(hopLimit: number): void {
    this.hopLimits.push(hopLimit);
  }

  close(): void {
    assert.ok(this.isOpen, 'closed once');
    this.isOpen = false;
  }

  /** Datagrams come from outside; `segment` bytes each if there are several. */
  gets(bytes: Uint8Array, segment = bytes.length): void {
    const arena = new Uint8Array(bytes.length + 14).fill(0x5a);
    arena.set(bytes, 7);
    this.events.received(arena, 7, bytes.length, segment);
  }
}

/** `10.0.2.100:5000 1.1.1.1:53` */
export function endsText(ends: FlowEnds): string {
  const { namespaceAddress, namespacePort, remoteAddress, remotePort } = ends;
  return `${formatIp(namespaceAddress)}:${namespacePort} ${formatIp(remoteAddress)}:${remotePort}`;
}

class FakeDatagramHost {
  readonly sockets: FakeSocket[] = [];
  refusal: Refusal | undefined;
  asked = 0;

  open(ends: FlowEnds, events: DatagramEvents): HostDatagrams | Refusal {
    this.asked++;
    if (this.refusal) return this.refusal;
    const socket = new FakeSocket(ends, events);
    this.sockets.push(socket);
    return socket;
  }

  get last(): FakeSocket {
    const socket = this.sockets.at(-1);
    assert.ok(socket, 'no flow was opened');
    return socket;
  }

  get openCount(): number {
    return this.sockets.filter(({ isOpen }) => isOpen).length;
  }
}

export class FakeHosts implements Hosts {
  readonly udp = new FakeDatagramHost();
  readonly echo = new FakeDatagramHost();
  readonly tcp = {
    connect: (): { cancel(): void } => ({ cancel: () => undefined }),
  };
}
