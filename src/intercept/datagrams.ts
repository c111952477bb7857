/** UDP: the first datagram of a program to a destination is a flow, and begins a session. */
import { MessageMemory, watch, type Watch } from '../native/index.js';
import { IdleSessions, type IdleOptions, type OpenedSocket } from '../sockets/index.js';
import { parseSocketAddress } from '../wire/index.js';
import type { AnsweringSockets } from './answering-sockets.js';
import { MSG_DONTWAIT } from './constants.js';
import { DatagramFlow } from './datagram-flow.js';
import type { Deciding } from './deciding.js';
import { endOf, familyOf, keyOf, type Ends } from './ends.js';
import type { Gate } from './gate.js';
import { datagramQuote, icmpErrorFor } from './packets.js';
import { refusalOfError, unreachable, type Refusal } from './refusal.js';

const DATAGRAM_BYTES = 65_535;
/** struct cmsghdr, then the destination: IP_ORIGDSTADDR, IPV6_ORIGDSTADDR. */
const CONTROL_BYTES = 64;
const CMSG_DATA = 16;
const TURN = 64;

export interface DatagramsParts {
  /** Where the packet filter brings whatever has no session yet, one for each family. */
  readonly doorways: readonly OpenedSocket[];
  readonly answering: AnsweringSockets;
  readonly gate: Gate;
  readonly deciding: Deciding;
  readonly idle: IdleOptions;
}

export class Datagrams implements Disposable {
  readonly #parts: DatagramsParts;
  readonly #memory = new MessageMemory({ dataBytes: DATAGRAM_BYTES, controlBytes: CONTROL_BYTES });
  readonly #flows: IdleSessions<DatagramFlow>;
  readonly #watching: Watch[];

  constructor(parts: DatagramsParts) {
    this.#parts = parts;
    this.#flows = new IdleSessions(parts.idle);
    this.#watching = parts.doorways.map(({ descriptor: { fd } }) =>
      watch(fd, () => {
        this.#receive(fd);
      }),
    );
  }

  get open(): number {
    return this.#flows.size;
  }

  [Symbol.dispose](): void {
    for (const watching of this.#watching) watching[Symbol.dispose]();
    this.#flows[Symbol.dispose]();
  }

  #receive(fd: number): void {
    for (let turn = 0; turn < TURN; turn++) {
      const length = this.#memory.receive(fd, MSG_DONTWAIT);
      if (length < 0) return;
      const ends = this.#ends();
      if (ends === undefined) continue;
      const key = keyOf(ends);
      const flow = this.#flows.use(key) ?? this.#begin(key, ends);
      flow.send(this.#memory.data.subarray(0, length));
    }
  }

  /** Of the datagram that was received last. */
  #ends(): Ends | undefined {
    const { name, nameLength, control, controlLength } = this.#memory;
    if (controlLength <= CMSG_DATA) return undefined;
    const source = endOf(parseSocketAddress(name.slice(0, nameLength)));
    const destination = endOf(parseSocketAddress(control.slice(CMSG_DATA, controlLength)));
    return source && destination && { source, destination };
  }

  #begin(key: string, ends: Ends): DatagramFlow {
    const { answering, deciding } = this.#parts;
    const flow = new DatagramFlow({
      ...{ ends, answering, deciding },
      buffer: this.#memory.data,
      onUse: () => this.#flows.use(key),
      onRefusal: (refusal) => this.#refuse(ends, refusal),
      onEnd: () => this.#flows.end(key),
    });
    this.#flows.add(key, flow);
    flow.start().then(
      (goesOn) => {
        if (!goesOn) this.#flows.end(key);
      },
      (error: unknown) => {
        deciding.refused(flow.flow, error);
        this.#refuse(ends, refusalOfError(error, familyOf(ends)));
        this.#flows.end(key);
      },
    );
    return flow;
  }

  /** As the other end, or the way there, would have refused a datagram. */
  #refuse(ends: Ends, refusal: Refusal): void {
    if (refusal === 'silence') return;
    const error = refusal === 'reset' ? unreachable(familyOf(ends), 'port') : refusal;
    this.#parts.gate.send(icmpErrorFor(ends, datagramQuote(ends, 0), error));
  }
}
