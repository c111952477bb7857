/**
 * Requests and their answers over one socket. Any number may be on their way: answers are matched
 * by sequence number. The kernel works on most requests while they are sent, so answers are looked
 * for at once, and only what is still missing is waited for.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { NetlinkError, NskitError } from '../errors/index.js';
import { errnoNumber } from '../native/index.js';
import { netlink as wire } from '../wire/index.js';
import { failureOf } from './failure.js';
import type { Request } from './request.js';
import type { Transport } from './transport.js';

/** A listing that is interrupted by changes this often is given up. */
const DUMP_ATTEMPTS = 20;

/**
 * Requests in one datagram. Their answers must fit into the socket's receive buffer (208 kB by
 * default, 768 bytes or more for each), and the thread is ours again between datagrams.
 */
export const BATCH_REQUESTS = 64;
const BATCH_BYTES = 64 * 1024;

interface Pending {
  readonly request: Request;
  readonly replies: wire.Message[];
  interrupted: boolean;
  resolve(): void;
  reject(error: unknown): void;
}

interface Sent {
  readonly message: wire.Message;
  readonly done: Promise<Pending>;
}

export class Conversation implements Disposable {
  readonly #transport: Transport;
  readonly #pending = new Map<number, Pending>();
  #sequence = 0;
  #watch: Disposable | undefined;
  #lastDump: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Sends a request; its answers, once the kernel has acknowledged it. Throws NetlinkError. */
  async request(request: Request): Promise<wire.Message[]> {
    const sent = this.#prepare(request, wire.NLM_F_ACK);
    this.#send([sent]);
    return (await sent.done).replies;
  }

  /** Everything of a table. One that changes meanwhile is read again. */
  async dump(request: Request): Promise<wire.Message[]> {
    // A socket can be in the middle of one dump only (EBUSY).
    const mine = this.#lastDump.then(() => this.#dumpUntilWhole(request));
    this.#lastDump = mine.catch(() => undefined);
    return await mine;
  }

  /**
   * Many requests in few datagrams, in order; like `ip -batch -force`. A failed one does not keep
   * the rest from being done: there is a result for each.
   */
  async batch(requests: readonly Request[]): Promise<PromiseSettledResult<wire.Message[]>[]> {
    const results: PromiseSettledResult<wire.Message[]>[] = [];
    for (const portion of portions(requests)) {
      if (results.length > 0) await nextTurn();
      const sent = portion.map((request) => this.#prepare(request, wire.NLM_F_ACK));
      this.#send(sent);
      results.push(
        ...(await Promise.allSettled(sent.map(async ({ done }) => (await done).replies))),
      );
    }
    return results;
  }

  /**
   * All in one datagram, as nf_tables wants it: a batch's begin, its changes, its end. Only the
   * changes are acknowledged; an error of a boundary is that of the whole.
   */
  async transaction(requests: readonly Request[]): Promise<wire.Message[][]> {
    const [changes, boundaries]: [Sent[], Sent[]] = [[], []];
    const sent = requests.map((request) => {
      const boundary = isBoundary(request);
      const one = this.#prepare(request, boundary ? 0 : wire.NLM_F_ACK);
      (boundary ? boundaries : changes).push(one);
      return one;
    });
    this.#send(sent);
    const whole = Promise.all(changes.map(async ({ done }) => (await done).replies));
    const refused = Promise.all(boundaries.map(({ done }) => done)).then(() => whole);
    try {
      return await Promise.race([whole, refused]);
    } finally {
      for (const { message } of sent) this.#settle(message.sequence);
      this.#waitForTheRest();
    }
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#failAll(new NskitError('ERR_ABORTED', 'the netlink socket was closed meanwhile'));
    this.#transport[Symbol.dispose]();
  }

  async #dumpUntilWhole(request: Request): Promise<wire.Message[]> {
    for (let attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
      const sent = this.#prepare(request, wire.NLM_F_DUMP);
      this.#send([sent]);
      const { interrupted, replies } = await sent.done;
      if (!interrupted) return replies;
    }
    throw new NetlinkError({
      code: 'EINTR',
      errno: -errnoNumber('EINTR'),
      step: request.step,
      extack: `the table changed each of ${DUMP_ATTEMPTS} times that it was read`,
    });
  }

  #prepare(request: Request, flags: number): Sent {
    if (this.#closed) throw new NskitError('ERR_ABORTED', 'the netlink socket is closed');
    this.#sequence = (this.#sequence % 0xffffffff) + 1;
    const sequence = this.#sequence;
    const { type, payload, flags: own = 0 } = request;
    const done = new Promise<Pending>((resolve, reject) => {
      const pending: Pending = {
        ...{ request, replies: [], interrupted: false, reject },
        resolve: () => resolve(pending),
      };
      this.#pending.set(sequence, pending);
    });
    const all = wire.NLM_F_REQUEST | flags | own;
    return { message: { type, flags: all, sequence, port: 0, payload }, done };
  }

  #send(sent: readonly Sent[]): void {
    try {
      this.#transport.send(wire.emitMessages(sent.map(({ message }) => message)));
    } catch (error) {
      for (const { message } of sent) this.#settle(message.sequence)?.reject(error);
      return;
    }
    this.#receiveAll();
  }

  #receiveAll(): void {
    try {
      for (;;) {
        const bytes = this.#transport.receive();
        if (bytes === undefined) break;
        for (const message of wire.parseMessages(bytes)) this.#deliver(message);
      }
    } catch (error) {
      // Answers were lost, or make no sense: nobody knows which requests they belonged to.
      this.#failAll(error);
    }
    this.#waitForTheRest();
  }

  #waitForTheRest(): void {
    if (this.#pending.size > 0 && !this.#closed) {
      this.#watch ??= this.#transport.watch(() => {
        this.#receiveAll();
      });
      return;
    }
    this.#watch?.[Symbol.dispose]();
    this.#watch = undefined;
  }

  #deliver(message: wire.Message): void {
    const pending = this.#pending.get(message.sequence);
    if (pending === undefined) return;
    if ((message.flags & wire.NLM_F_DUMP_INTR) !== 0) pending.interrupted = true;
    if (message.type !== wire.NLMSG_ERROR && message.type !== wire.NLMSG_DONE) {
      pending.replies.push(message);
      return;
    }
    const ack = wire.parseAck(message);
    this.#settle(message.sequence);
    if (ack.error === 0) pending.resolve();
    else pending.reject(failureOf(pending.request, ack));
  }

  #settle(sequence: number): Pending | undefined {
    const pending = this.#pending.get(sequence);
    this.#pending.delete(sequence);
    return pending;
  }

  #failAll(error: unknown): void {
    for (const sequence of [...this.#pending.keys()]) this.#settle(sequence)?.reject(error);
    this.#watch?.[Symbol.dispose]();
    this.#watch = undefined;
  }
}

function isBoundary({ type }: Request): boolean {
  return type === wire.NFNL_MSG_BATCH_BEGIN || type === wire.NFNL_MSG_BATCH_END;
}

function* portions(requests: readonly Request[]): Generator<Request[]> {
  let portion: Request[] = [];
  let bytes = 0;
  for (const request of requests) {
    const size = wire.nlmsghdr.size + request.payload.length;
    if (portion.length === BATCH_REQUESTS || bytes + size > BATCH_BYTES) {
      yield portion;
      [portion, bytes] = [[], 0];
    }
    portion.push(request);
    bytes += size;
  }
  if (portion.length > 0) yield portion;
}
