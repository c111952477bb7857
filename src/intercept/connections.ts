/**
 * TCP: nobody is let in before it is known what comes of it. The gate shows each SYN, which the
 * packet filter has dropped; the handler and the host's connect decide; then the SYN is let in, or
 * refused as the host was. What has been let in arrives at our listener.
 */
import { Socket } from 'node:net';
import { call } from '../native/index.js';
import {
  FileDescriptor,
  OpenConnections,
  WatchedSocket,
  peerName,
  socketName,
} from '../sockets/index.js';
import { FIONBIO } from './constants.js';
import type { Deciding } from './deciding.js';
import { endOf, familyOf, keyOf, type Ends } from './ends.js';
import { InterceptedFlow, type InterceptVerdict } from './flow.js';
import type { Gate } from './gate.js';
import { icmpErrorFor, quoteOf, resetFor, whole, type Syn } from './packets.js';
import { refusalOf, refusalOfError, unreachable, type Refusal } from './refusal.js';

/** Let in, a connection arrives at once; if whoever began it has gone, never. */
const ARRIVAL_MS = 10_000;
/** Longer than a kernel sends SYNs (net.ipv4.tcp_syn_retries, 127 s by default). */
const SILENCE_MS = 180_000;

/** A connection that somebody inside waits for. */
interface Attempt {
  readonly sequence: number;
  readonly controller: AbortController;
  /** What becomes of it, once it may come. */
  arrival?: Arrival;
  timer?: NodeJS.Timeout;
}

interface Arrival extends Disposable {
  /** Takes the socket over. */
  receive(client: FileDescriptor): void;
}

export class Connections implements Disposable {
  readonly #gate: Gate;
  readonly #deciding: Deciding;
  readonly #attempts = new Map<string, Attempt>();
  readonly #open = new OpenConnections();
  #isClosed = false;

  constructor(gate: Gate, deciding: Deciding) {
    this.#gate = gate;
    this.#deciding = deciding;
  }

  get open(): OpenConnections {
    return this.#open;
  }

  onSyn(syn: Syn): void {
    if (this.#isClosed) return;
    const key = keyOf(syn.ends);
    const attempt = this.#attempts.get(key);
    if (attempt === undefined || attempt.sequence !== syn.sequence) void this.#decide(key, syn);
    // Sent again: it was let in, and lost on the way.
    else if (attempt.arrival !== undefined) this.#gate.send(whole(syn));
  }

  /** At our listener. */
  onConnection(fd: number): void {
    const client = new FileDescriptor(fd);
    const [source, destination] = [endOf(peerName(fd)), endOf(socketName(fd))];
    const key = source && destination ? keyOf({ source, destination }) : '';
    const arrival = this.#attempts.get(key)?.arrival;
    if (arrival === undefined) {
      // Somebody inside found our listener's own port.
      client[Symbol.dispose]();
      return;
    }
    this.#forget(key, { keepArrival: true });
    arrival.receive(client);
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    for (const key of [...this.#attempts.keys()]) this.#forget(key);
    this.#open.cutAll();
  }

  async #decide(key: string, syn: Syn): Promise<void> {
    this.#forget(key);
    const attempt: Attempt = { sequence: syn.sequence, controller: new AbortController() };
    this.#attempts.set(key, attempt);
    const arrival = await this.#arrivalOf(syn.ends, attempt.controller.signal);
    // Meanwhile another one began from the same port, or all was over.
    if (this.#attempts.get(key) !== attempt) {
      if (isArrival(arrival)) arrival[Symbol.dispose]();
      return;
    }
    if (isArrival(arrival)) {
      attempt.arrival = arrival;
      this.#forgetAfter(ARRIVAL_MS, key, attempt);
      this.#gate.send(whole(syn));
    } else if (arrival === 'silence') this.#forgetAfter(SILENCE_MS, key, attempt);
    else {
      this.#forget(key);
      this.#refuse(syn, arrival);
    }
  }

  /** Never rejects. */
  async #arrivalOf(ends: Ends, signal: AbortSignal): Promise<Arrival | Refusal> {
    const flow = new InterceptedFlow('tcp', ends);
    const verdict = await this.#deciding.ask(flow);
    if (verdict === undefined) return unreachable(familyOf(ends), 'host');
    try {
      return await this.#arrivalBy(verdict, flow, signal);
    } catch (error) {
      this.#deciding.refused(flow, error);
      return refusalOfError(error, familyOf(ends));
    }
  }

  async #arrivalBy(
    verdict: InterceptVerdict,
    flow: InterceptedFlow,
    signal: AbortSignal,
  ): Promise<Arrival | Refusal> {
    switch (verdict.verdict) {
      case 'connect': {
        const { upstream } = this.#deciding;
        return this.#carried(await upstream.connect(flow.destination, verdict.to, signal));
      }
      case 'refuse':
        return refusalOf(verdict.refusal, familyOf(flow));
      case 'handle':
        return this.#handled(flow, (client) => {
          const stream = new Socket({ fd: client.release(), allowHalfOpen: true });
          // Whoever wants to know listens too; without a listener a reset would end this process.
          stream.on('error', () => undefined);
          verdict.handler(stream);
        });
      case 'take':
        return this.#handled(flow, (client) => {
          call({ step: 'make a socket block' }, 'ioctl', client.fd, FIONBIO, Int32Array.of(0));
          verdict.taker(client);
        });
      case 'handleDatagrams':
        return 'reset';
    }
  }

  #carried(target: FileDescriptor): Arrival {
    return {
      receive: (client) => {
        const inside = new WatchedSocket(client.release());
        try {
          this.#open.carry(inside, new WatchedSocket(target.release()));
        } catch {
          // No room to watch it.
          inside.reset();
        }
      },
      [Symbol.dispose]: () => {
        target[Symbol.dispose]();
      },
    };
  }

  #handled(flow: InterceptedFlow, handle: (client: FileDescriptor) => void): Arrival {
    return {
      receive: (client) => {
        try {
          handle(client);
        } catch (error) {
          client[Symbol.dispose]();
          this.#deciding.report(error, flow);
        }
      },
      [Symbol.dispose]: () => undefined,
    };
  }

  #refuse(syn: Syn, refusal: Refusal): void {
    if (refusal === 'reset') this.#gate.send(resetFor(syn));
    else if (refusal !== 'silence') this.#gate.send(icmpErrorFor(syn.ends, quoteOf(syn), refusal));
  }

  #forgetAfter(delayMs: number, key: string, attempt: Attempt): void {
    attempt.timer = setTimeout(() => this.#forget(key), delayMs).unref();
  }

  #forget(key: string, { keepArrival = false } = {}): void {
    const attempt = this.#attempts.get(key);
    if (attempt === undefined) return;
    this.#attempts.delete(key);
    clearTimeout(attempt.timer);
    attempt.controller.abort();
    if (!keepArrival) attempt.arrival?.[Symbol.dispose]();
  }
}

function isArrival(answer: Arrival | Refusal): answer is Arrival {
  return typeof answer === 'object' && 'receive' in answer;
}
