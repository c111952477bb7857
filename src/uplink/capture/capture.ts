/**
 * One capture: frames of the device as blocks of a pcapng file, which the other side of a socket
 * writes down. What was decided about a flow stands as a comment at its first packet.
 */
import type { FileDescriptor } from '../../sockets/index.js';
import type { FlowInfo, WatchedFlow } from '../../stack/index.js';
import { Writer, pcapng } from '../../wire/index.js';
import { entryOf, type EndedFlow, type JournalEntry } from '../flows/flow-record.js';
import { protocolNames } from '../flow.js';
import type { JournalListener } from '../flows/journal.js';
import { BlockQueue } from './block-queue.js';
import { filterText, isWanted, type FlowFilter } from './flow-filter.js';
import { keyOf } from './packet-ends.js';
import type { SeenFrame } from './seen-frame.js';

export interface CaptureStatistics {
  /** Packets that crossed the device meanwhile. */
  readonly seen: number;
  /** Those that were wanted. */
  readonly wanted: number;
  /** Of these, those that were not written down: whoever writes was too slow. */
  readonly dropped: number;
}

export interface CaptureParts {
  /** A stream socket; the capture takes it over. */
  readonly descriptor: FileDescriptor;
  /** None: everything is wanted. */
  readonly filters: readonly FlowFilter[];
  readonly device: string;
  /** That live already. */
  readonly flows: Iterable<FlowInfo>;
  readonly now: () => bigint;
  readonly queueBytes?: number | undefined;
  readonly onEnd: () => void;
}

/** Decisions that wait for a packet of their flow. */
const COMMENTS_MAX = 4096;
/** A comment of this many characters at most. */
const COMMENT_MAX = 1000;

export class Capture implements JournalListener {
  /** Settles when everything is sent. */
  readonly finished: Promise<CaptureStatistics>;
  readonly #parts: CaptureParts;
  readonly #queue: BlockQueue;
  readonly #startedAt: bigint;
  /** By the key of their flow. */
  readonly #comments = new Map<string, string[]>();
  readonly #named = new Map<string, string>();
  readonly #names: ReadonlySet<string>;
  /** Flows that have ended while a frame of theirs may still be on its way to us. */
  #past: string[] = [];
  #seen = 0;
  #wanted = 0;
  #dropped = 0;
  #isOver = false;

  constructor(parts: CaptureParts) {
    this.#parts = parts;
    this.#startedAt = parts.now();
    this.#names = new Set(parts.filters.flatMap(({ name }) => name ?? []));
    let end: () => void = () => undefined;
    this.finished = new Promise((resolve) => (end = () => resolve(this.statistics)));
    this.#queue = new BlockQueue(
      parts.descriptor,
      {
        stop: () => this.stop(),
        end: () => {
          this.#isOver = true;
          parts.onEnd();
          end();
        },
      },
      parts.queueBytes,
    );
    for (const info of parts.flows) this.#noteName(entryOf(info), keyOfFlow(info));
    this.#begin();
  }

  get statistics(): CaptureStatistics {
    return { seen: this.#seen, wanted: this.#wanted, dropped: this.#dropped };
  }

  see(frame: SeenFrame): void {
    if (this.#isOver) return;
    this.#seen++;
    if (!this.#isWanted(frame)) return;
    this.#wanted++;
    if (!this.#queue.hasRoomFor(frame.bytes.length + MARGIN_BYTES)) {
      this.#dropped++;
      return;
    }
    const { bytes, isFromNamespace, timestamp } = frame;
    const writer = new Writer(bytes.length + MARGIN_BYTES);
    const direction = isFromNamespace ? 'outbound' : 'inbound';
    const comments = this.#commentsOf(frame);
    pcapng.writePacket(writer, { interfaceId: 0, timestamp, bytes, direction, comments });
    this.#queue.push(writer.finish());
  }

  /** Whatever ended before the next frame came has no more to show. */
  forget(): void {
    if (this.#past.length === 0) return;
    for (const key of this.#past) {
      this.#comments.delete(key);
      this.#named.delete(key);
    }
    this.#past = [];
  }

  decided(entry: JournalEntry, flow: WatchedFlow): void {
    const key = keyOfFlow(flow);
    this.#noteName(entry, key);
    const { decision, name } = entry;
    const comments = [decision, ...(name === undefined ? [] : [`name: ${name}`])];
    this.#comments.set(
      key,
      comments.map((text) => text.slice(0, COMMENT_MAX)),
    );
    if (this.#comments.size <= COMMENTS_MAX) return;
    for (const oldest of this.#comments.keys()) {
      this.#comments.delete(oldest);
      return;
    }
  }

  ended({ info }: EndedFlow): void {
    this.#past.push(keyOfFlow(info));
  }

  /** What waits is still sent, and after it the statistics. */
  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { seen: received, wanted: accepted, dropped } = this.statistics;
    const writer = new Writer();
    const endedAt = this.#parts.now();
    const times = { timestamp: endedAt, startedAt: this.#startedAt, endedAt };
    pcapng.writeStatistics(writer, { interfaceId: 0, ...times, received, accepted, dropped });
    this.#queue.finish(writer.finish());
  }

  #begin(): void {
    const writer = new Writer();
    const { device, filters } = this.#parts;
    const filter = filters.map(filterText).join(' ');
    pcapng.writeSection(writer, { application: 'nskit', os: 'Linux' });
    pcapng.writeInterface(writer, {
      ...{ linkType: pcapng.LINKTYPE_ETHERNET, name: device, timestampDigits: 6 },
      ...(filter === '' ? {} : { description: `flows: ${filter}`.slice(0, COMMENT_MAX) }),
    });
    const bytes = writer.finish();
    if (this.#queue.hasRoomFor(bytes.length)) this.#queue.push(bytes);
  }

  #isWanted(frame: SeenFrame): boolean {
    const { filters } = this.#parts;
    if (filters.length === 0) return true;
    const { ends, key } = frame;
    if (ends === undefined || key === undefined) return false;
    const isNamed = (name: string): boolean => this.#named.get(key) === name;
    return filters.some((filter) => isWanted(filter, ends, isNamed));
  }

  #commentsOf(frame: SeenFrame): string[] {
    const { segment } = frame;
    const size = segment === undefined ? [] : [`super-frame: segments of ${segment} bytes`];
    // A frame is read for its flow only while some flow has something to say.
    const key = this.#comments.size === 0 ? undefined : frame.key;
    if (key === undefined) return size;
    const waiting = this.#comments.get(key) ?? [];
    this.#comments.delete(key);
    return [...waiting, ...size];
  }

  #noteName({ name }: JournalEntry, key: string): void {
    if (name !== undefined && this.#names.has(name)) this.#named.set(key, name);
  }
}

/** A block has so much beside its packet, at most. */
const MARGIN_BYTES = 8192;

function keyOfFlow({ ends, protocol }: WatchedFlow): string {
  const remotePort = protocol === 'echo' ? 0 : ends.remotePort;
  return keyOf({ ...ends, remotePort, protocol: protocolNames[protocol] });
}
