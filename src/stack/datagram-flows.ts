/**
 * Flows of datagrams, UDP and echo: found or opened by what the namespace sends, closed when nothing
 * has passed for a while. When there are too many, the one closest to that goes first: those that
 * were never answered wait less, so a scan of all ports does not push out a conversation.
 */
import { isFromLoopback } from './addresses.js';
import type { Clock } from './clock.js';
import { Deadlines, type Timed } from './deadlines.js';
import type { DropReason, Drops } from './drops.js';
import { endsOf } from './ends.js';
import type { ErrorReports } from './error-reports.js';
import type { FlowBudget } from './flow-budget.js';
import type { DatagramParts } from './datagram-parts.js';
import { FlowTable, type TableEntry } from './flow-table.js';
import type { EndReason, FlowInfo, FlowWatch } from './flow-watch.js';
import type {
  DatagramError,
  DatagramEvents,
  FlowDirection,
  FlowEnds,
  HostDatagrams,
  IcmpError,
  Refusal,
} from './host.js';
import { Envelope } from './outgoing.js';
import type { IpVersion, Packet } from './packet.js';
import type { PathMtus } from './path-mtus.js';
import type { StackSettings } from './settings.js';

/** What a namespace sends unless it means to: the host's sockets do the same. */
const USUAL_HOP_LIMIT = 64;

/** How many flows in use a new one makes us look at. */
const EVICTION_ATTEMPTS = 8;

/** What UDP and echo do differently. */
export interface DatagramProtocol {
  readonly name: 'udp' | 'echo';
  readonly limit: number;
  readonly tooMany: DropReason;
  readonly tooManyNew: DropReason;
  /** IANA's. */
  number(version: IpVersion): number;
  open(ends: FlowEnds, events: DatagramEvents): HostDatagrams | Refusal;
  /** How long a flow lives with nothing passing, in milliseconds. */
  idleMs(flow: DatagramFlow): number;
  deliver(flow: DatagramFlow, bytes: Uint8Array, at: number, sizes: Sizes): void;
  /** What to tell when a flow is refused as by a closed port. */
  refused(version: IpVersion): IcmpError;
  /** The beginning of what was sent, given what comes at its end. */
  quote(flow: DatagramFlow, quoted: Uint8Array): Uint8Array;
}

/** Datagrams of `segment` bytes, `length` together. */
export interface Sizes {
  readonly length: number;
  readonly segment: number;
}

interface NewFlow {
  readonly flows: DatagramFlows;
  readonly ends: FlowEnds;
  readonly envelope: Envelope;
  readonly mtu: number;
}

/** One flow; to the host, what it tells of the other side. */
export class DatagramFlow implements DatagramEvents, TableEntry<DatagramFlow>, Timed {
  readonly ends: FlowEnds;
  readonly envelope: Envelope;
  hash = 0;
  nextInBucket: DatagramFlow | undefined;
  deadline = Infinity;
  wakeAt = Infinity;
  heapAt = -1;
  host: HostDatagrams | undefined;
  /** What whoever watches flows wants kept with it. */
  watched: unknown = undefined;
  isClosed = false;
  isAnswered = false;
  direction: FlowDirection = 'outbound';
  usedAt = 0;
  bytesToHost = 0;
  bytesToNamespace = 0;
  hopLimit = USUAL_HOP_LIMIT;
  /** Of the way to the namespace's end, in bytes; as long as the flow lives it never grows. */
  mtu: number;
  /** The first 8 bytes of what was sent last, and its length. */
  head0 = 0;
  head1 = 0;
  sentLength = 0;
  readonly #flows: DatagramFlows;

  constructor({ flows, ends, envelope, mtu }: NewFlow) {
    this.#flows = flows;
    this.ends = ends;
    this.envelope = envelope;
    this.mtu = mtu;
  }

  received(bytes: Uint8Array, at: number, length: number, segment: number): void {
    if (!this.isClosed) this.#flows.onReceived(this, bytes, at, { length, segment });
  }

  unreachable(error: DatagramError): void {
    if (!this.isClosed) this.#flows.onError(this, error);
  }

  closed(): void {
    this.host = undefined;
    this.#flows.close(this, 'closed');
  }
}

export class DatagramFlows {
  readonly #protocol: DatagramProtocol;
  readonly #settings: StackSettings;
  readonly #clock: Clock;
  readonly #drops: Drops;
  readonly #errors: ErrorReports;
  readonly #pathMtus: PathMtus;
  readonly #budget: FlowBudget;
  readonly #watch: FlowWatch | undefined;
  readonly #table: FlowTable<DatagramFlow>;
  readonly #deadlines = new Deadlines<DatagramFlow>();

  constructor(protocol: DatagramProtocol, parts: DatagramParts) {
    this.#protocol = protocol;
    this.#settings = parts.settings;
    this.#clock = parts.clock;
    this.#drops = parts.drops;
    this.#errors = parts.errors;
    this.#pathMtus = parts.pathMtus;
    this.#watch = parts.watch;
    this.#table = new FlowTable(parts.random);
    this.#budget = parts.budget;
    this.#budget.count(this.#table);
  }

  get size(): number {
    return this.#table.size;
  }

  *infos(): Generator<FlowInfo> {
    for (const flow of this.#table) yield this.#infoOf(flow);
  }

  /** The flow of a datagram, with its host's end open; undefined: it has none, and was answered. */
  of(packet: Packet, namespacePort: number, remotePort: number): DatagramFlow | undefined {
    const found = this.#table.find(packet, namespacePort, remotePort);
    const flow = found ?? this.#open(packet, namespacePort, remotePort);
    if (flow === undefined) return undefined;
    flow.usedAt = this.#clock.now;
    if (flow.direction === 'inbound') flow.isAnswered = true;
    flow.head0 = packet.view.getUint32(packet.payloadAt);
    flow.head1 = packet.view.getUint32(packet.payloadAt + 4);
    flow.sentLength = packet.end - packet.payloadAt;
    flow.envelope.answer(packet);
    if (packet.hopLimit !== flow.hopLimit) {
      flow.hopLimit = packet.hopLimit;
      // This hop is one. To an address of ours it can be the last.
      flow.host?.setHopLimit?.(Math.max(1, packet.hopLimit - 1));
    }
    return flow;
  }

  get(ends: FlowEnds): DatagramFlow | undefined {
    return this.#table.get(ends);
  }

  #open(packet: Packet, namespacePort: number, remotePort: number): DatagramFlow | undefined {
    if (isFromLoopback(packet)) {
      this.#drops.add('ipv4: source address');
      return undefined;
    }
    if (!this.#hasRoom()) return undefined;
    const flow = this.#flowBetween(endsOf(packet, namespacePort, remotePort));
    flow.envelope.answer(packet);
    flow.watched = this.#watch?.began(this.#infoOf(flow));
    const opened = this.#protocol.open(flow.ends, flow);
    if ('kind' in opened) {
      flow.isClosed = true;
      this.#watch?.ended(this.#infoOf(flow), opened.kind);
      this.#refuse(packet, opened);
      return undefined;
    }
    if (flow.isClosed) return undefined;
    this.#keep(flow, opened);
    return flow;
  }

  /** A flow that begins at the host; undefined: its ends are taken, or there are too many. */
  openAtHost(ends: FlowEnds, host: HostDatagrams): DatagramFlow | undefined {
    if (this.#table.get(ends) !== undefined || !this.#hasRoom()) return undefined;
    const flow = this.#flowBetween(ends);
    flow.direction = 'inbound';
    flow.watched = this.#watch?.began(this.#infoOf(flow));
    this.#keep(flow, host);
    return flow;
  }

  #hasRoom(): boolean {
    const { limit, tooMany, tooManyNew } = this.#protocol;
    if (!this.#budget.takeNew(this.#clock.now)) {
      this.#drops.add(tooManyNew);
      return false;
    }
    if ((this.size < limit && !this.#budget.isSpent) || this.#evict()) return true;
    this.#drops.add(tooMany);
    return false;
  }

  #flowBetween(ends: FlowEnds): DatagramFlow {
    const envelope = new Envelope({
      sourceMac: this.#settings.mac,
      destinationMac: this.#settings.guestMac,
      source: ends.remoteAddress,
      destination: ends.namespaceAddress,
      protocol: this.#protocol.number(ends.version),
    });
    const mtu = this.#pathMtus.of(ends.namespaceAddress);
    return new DatagramFlow({ flows: this, ends, envelope, mtu });
  }

  #keep(flow: DatagramFlow, host: HostDatagrams): void {
    flow.host = host;
    this.#table.add(flow);
    flow.usedAt = this.#clock.now;
    this.#deadlines.set(flow, flow.usedAt + this.#protocol.idleMs(flow));
  }

  #refuse(packet: Packet, refusal: Refusal): void {
    if (refusal.kind === 'unreachable') this.#errors.aboutPacket(packet, refusal);
    if (refusal.kind === 'refused' && packet.version !== 0) {
      this.#errors.aboutPacket(packet, this.#protocol.refused(packet.version));
    }
  }

  /** Closes the flow that would be the next to be closed anyway, unless all are in use. */
  #evict(): boolean {
    for (let attempts = 0; attempts < EVICTION_ATTEMPTS; attempts++) {
      const expected = this.#deadlines.next();
      const flow = this.#deadlines.due(Infinity);
      if (flow === undefined || expected === undefined) return false;
      if (!this.#wasUsed(flow, expected)) {
        this.close(flow, 'evicted');
        return true;
      }
    }
    return false;
  }

  poll(now: number): void {
    for (;;) {
      const flow = this.#deadlines.due(now);
      if (flow === undefined) return;
      if (!this.#wasUsed(flow, now)) this.close(flow, 'idle');
    }
  }

  /** A flow that was used since its deadline was set gets another. */
  #wasUsed(flow: DatagramFlow, deadline: number): boolean {
    const end = flow.usedAt + this.#protocol.idleMs(flow);
    if (end <= deadline) return false;
    this.#deadlines.set(flow, end);
    return true;
  }

  nextDeadline(): number | undefined {
    return this.#deadlines.next();
  }

  onReceived(flow: DatagramFlow, bytes: Uint8Array, at: number, sizes: Sizes): void {
    flow.usedAt = this.#clock.now;
    flow.bytesToNamespace += sizes.length;
    if (flow.direction === 'outbound') flow.isAnswered = true;
    this.#protocol.deliver(flow, bytes, at, sizes);
  }

  onError(flow: DatagramFlow, error: DatagramError): void {
    const { ends, envelope, sentLength: length } = flow;
    const { protocol, destinationMac: mac } = envelope;
    const head = this.#protocol.quote(flow, error.quoted ?? new Uint8Array(0));
    this.#errors.aboutSent({ ends, mac, protocol, head, length }, error);
  }

  close(flow: DatagramFlow, why: EndReason): void {
    if (!flow.isClosed) this.#watch?.ended(this.#infoOf(flow), why);
    flow.isClosed = true;
    this.#table.delete(flow);
    this.#deadlines.delete(flow);
    flow.host?.close();
    flow.host = undefined;
  }

  #infoOf({ ends, direction, watched, bytesToHost, bytesToNamespace }: DatagramFlow): FlowInfo {
    const { name: protocol } = this.#protocol;
    return { protocol, direction, ends, watched, state: 'OPEN', bytesToHost, bytesToNamespace };
  }
}
