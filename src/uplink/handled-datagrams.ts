/** A UDP flow that ends in this process: datagrams come as events and are sent by a method. */
import { EventEmitter } from 'node:events';
import { constants } from 'node:os';
import type { DatagramEvents, HostDatagrams } from '../stack/index.js';
import type { DatagramHandler, Flow, FlowDatagrams, Report } from './flow.js';

/** What an IPv4 packet can carry (RFC 768, RFC 791). */
const DATAGRAM_MAX = 65_507;
/** Sent by a handler before the flow is there. */
const EARLY_MAX = 64;

class HandledDatagrams
  extends EventEmitter<{ message: [Uint8Array]; close: [] }>
  implements FlowDatagrams
{
  readonly #report: (error: unknown) => void;
  #events: DatagramEvents | undefined;
  #early: Uint8Array[] = [];
  #isClosed = false;

  constructor(report: (error: unknown) => void) {
    super();
    this.#report = report;
  }

  send(datagram: Uint8Array | string): void {
    const bytes = typeof datagram === 'string' ? new TextEncoder().encode(datagram) : datagram;
    if (bytes.length > DATAGRAM_MAX) {
      throw new RangeError(`a datagram has at most ${DATAGRAM_MAX} bytes, not ${bytes.length}`);
    }
    if (this.#isClosed) return;
    if (this.#events !== undefined) this.#events.received(bytes, 0, bytes.length, bytes.length);
    else if (this.#early.length < EARLY_MAX) this.#early.push(bytes.slice());
  }

  close(): void {
    if (this.#isClosed) return;
    this.end();
    this.#events?.closed();
  }

  /** The flow is over. */
  end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#early = [];
    this.#tell(() => this.emit('close'));
  }

  /** What happened before can be told once the opening has returned. */
  attach(events: DatagramEvents): void {
    const wasClosed = this.#isClosed;
    this.#events = events;
    queueMicrotask(() => {
      if (wasClosed) events.closed();
      for (const bytes of this.#early.splice(0)) this.send(bytes);
    });
  }

  /** A datagram of the program's; a copy, because the bytes lie in the frame. False: it is lost. */
  deliver(bytes: Uint8Array): boolean {
    if (this.#isClosed) return false;
    return this.#tell(() => this.emit('message', bytes.slice()));
  }

  fail(error: unknown): void {
    this.close();
    this.#report(error);
  }

  /** A listener that throws ends its flow, not the loop that carries everybody's. */
  #tell(emit: () => void): boolean {
    try {
      emit();
      return true;
    } catch (error) {
      this.fail(error);
      return false;
    }
  }
}

/** Calls the handler and answers how the flow is opened. Throws what the handler throws at once. */
export function handledDatagrams(
  flow: Flow,
  handler: DatagramHandler,
  report: Report,
): (events: DatagramEvents) => HostDatagrams {
  const datagrams = new HandledDatagrams((error) => report(error, flow));
  Promise.resolve(handler(datagrams, flow)).catch((error: unknown) => datagrams.fail(error));
  return (events) => {
    datagrams.attach(events);
    return hostSide(datagrams);
  };
}

function hostSide(datagrams: HandledDatagrams): HostDatagrams {
  const send = (bytes: Uint8Array, at: number, length: number): number => {
    const isTaken = datagrams.deliver(bytes.subarray(at, at + length));
    return isTaken ? length : -constants.errno.ECONNREFUSED;
  };
  return {
    send,
    sendSegments: (bytes, at, length, segment) => {
      for (let from = at; from < at + length; from += segment) {
        const answer = send(bytes, from, Math.min(segment, at + length - from));
        if (answer < 0) return answer;
      }
      return length;
    },
    close: () => datagrams.end(),
  };
}
