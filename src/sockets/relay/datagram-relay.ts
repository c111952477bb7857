/**
 * UDP relayed: a session for each client, which is one as long as it sends or is sent something. A
 * datagram that is lost is lost, and a refusal at the other end is silence: whoever speaks UDP
 * expects both.
 */
import { MessageMemory, watch, type Watch } from '../../native/index.js';
import type { SocketAddress } from '../../wire/index.js';
import * as so from '../constants.js';
import type { OpenedSocket } from '../socket.js';
import type { DatagramTarget } from './datagram-ends.js';
import { DatagramSession } from './datagram-session.js';
import type { Relay, RelayCounters } from './ends.js';
import { IdleSessions, type IdleOptions } from './idle-sessions.js';
import { PACKET_INFORMATION_BYTES, forAnswer } from './packet-information.js';

/** The largest there is. */
const DATAGRAM_BYTES = 65_535;
const TURN = 64;
const FLAGS = so.MSG_DONTWAIT | so.MSG_NOSIGNAL;
export interface DatagramRelayParts {
  readonly doorway: OpenedSocket;
  readonly target: DatagramTarget;
  readonly idle: IdleOptions;
  readonly onRefused: ((reason: unknown) => void) | undefined;
}

export class DatagramRelay implements Relay {
  readonly address: SocketAddress;
  readonly #parts: DatagramRelayParts;
  readonly #memory = new MessageMemory({
    dataBytes: DATAGRAM_BYTES,
    controlBytes: PACKET_INFORMATION_BYTES,
  });
  readonly #name = Buffer.from(this.#memory.name.buffer);
  readonly #control = Buffer.from(this.#memory.control.buffer);
  readonly #sessions: IdleSessions<DatagramSession>;
  readonly #watching: Watch;
  #counters = { total: 0, refused: 0, bytesToTarget: 0, bytesToClient: 0 };

  constructor(parts: DatagramRelayParts) {
    this.#parts = parts;
    this.address = parts.doorway.address;
    this.#sessions = new IdleSessions(parts.idle);
    this.#watching = watch(parts.doorway.descriptor.fd, () => this.#receive());
  }

  get counters(): RelayCounters {
    return { open: this.#sessions.size, ...this.#counters };
  }

  close(): Promise<void> {
    this.#watching[Symbol.dispose]();
    this.#sessions[Symbol.dispose]();
    this.#parts.doorway.descriptor[Symbol.dispose]();
    this.#parts.target[Symbol.dispose]();
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #receive(): void {
    const { fd } = this.#parts.doorway.descriptor;
    for (let turn = 0; turn < TURN; turn++) {
      const length = this.#memory.receive(fd, so.MSG_DONTWAIT);
      if (length < 0) return;
      const key = this.#key();
      const session = this.#sessions.use(key) ?? this.#welcome(key);
      this.#counters.bytesToTarget += length;
      session.send(this.#memory.data.subarray(0, length));
    }
  }

  /** Who sent the datagram that was received last, and to which of our addresses. */
  #key(): string {
    const { nameLength, controlLength } = this.#memory;
    return (
      this.#name.toString('latin1', 0, nameLength) +
      this.#control.toString('latin1', 0, controlLength)
    );
  }

  #welcome(key: string): DatagramSession {
    const { name, nameLength, control, controlLength, data } = this.#memory;
    const way = {
      name: name.slice(0, nameLength),
      control: forAnswer(control.subarray(0, controlLength)),
    };
    const session = new DatagramSession({
      buffer: data,
      // A refusal by ICMP cannot be told, and the next datagram may succeed: it is passed over.
      onDatagram: (length) => {
        this.#sessions.use(key);
        this.#answer(way, length);
      },
    });
    this.#counters.total += 1;
    this.#sessions.add(key, session);
    session.start(this.#parts.target.reach()).catch((reason: unknown) => {
      this.#counters.refused += 1;
      this.#sessions.end(key);
      this.#parts.onRefused?.(reason);
    });
    return session;
  }

  #answer({ name, control }: Way, data: number): void {
    this.#counters.bytesToClient += data;
    this.#memory.name.set(name);
    this.#memory.control.set(control);
    const lengths = { name: name.length, control: control.length, data };
    this.#memory.send(this.#parts.doorway.descriptor.fd, lengths, FLAGS);
  }
}

/** To a client, from the address that it talks to. */
interface Way {
  readonly name: Uint8Array;
  readonly control: Uint8Array;
}
