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
import { PACKET_INFORMATION_BYTES, forAnswer } from './packet-information.js';

/** The largest there is. */
const DATAGRAM_BYTES = 65_535;
const TURN = 64;
const FLAGS = so.MSG_DONTWAIT | so.MSG_NOSIGNAL;
/** Idle clients are looked for so many times within the time that they may be idle. */
const LOOKS = 4;

export interface DatagramRelayParts {
  readonly doorway: OpenedSocket;
  readonly target: DatagramTarget;
  readonly idleMs: number;
  readonly now: () => number;
  readonly onRefused: ((reason: unknown) => void) | undefined;
}

interface Client {
  readonly name: Uint8Array;
  /** Which of our addresses it talks to. */
  readonly control: Uint8Array;
  readonly session: DatagramSession;
  lastUsed: number;
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
  readonly #clients = new Map<string, Client>();
  readonly #watching: Watch;
  readonly #timer: NodeJS.Timeout;
  #lastLook: number;
  #counters = { total: 0, refused: 0, bytesToTarget: 0, bytesToClient: 0 };

  constructor(parts: DatagramRelayParts) {
    this.#parts = parts;
    this.address = parts.doorway.address;
    this.#watching = watch(parts.doorway.descriptor.fd, () => this.#receive());
    this.#lastLook = parts.now();
    this.#timer = setInterval(() => this.#forgetIdle(), parts.idleMs / LOOKS).unref();
  }

  get counters(): RelayCounters {
    return { open: this.#clients.size, ...this.#counters };
  }

  close(): Promise<void> {
    clearInterval(this.#timer);
    this.#watching[Symbol.dispose]();
    for (const { session } of this.#clients.values()) session[Symbol.dispose]();
    this.#clients.clear();
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
      const client = this.#clients.get(key) ?? this.#welcome(key);
      client.lastUsed = this.#parts.now();
      this.#counters.bytesToTarget += length;
      client.session.send(this.#memory.data.subarray(0, length));
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

  #welcome(key: string): Client {
    if (this.#parts.now() - this.#lastLook >= this.#parts.idleMs / LOOKS) this.#forgetIdle();
    const { name, nameLength, control, controlLength, data } = this.#memory;
    const client: Client = {
      name: name.slice(0, nameLength),
      control: forAnswer(control.subarray(0, controlLength)),
      session: new DatagramSession({
        socket: this.#parts.target.reach(),
        buffer: data,
        onAnswer: (length) => this.#answer(client, length),
      }),
      lastUsed: 0,
    };
    this.#counters.total += 1;
    this.#clients.set(key, client);
    client.session.start().catch((reason: unknown) => {
      this.#counters.refused += 1;
      this.#clients.delete(key);
      client.session[Symbol.dispose]();
      this.#parts.onRefused?.(reason);
    });
    return client;
  }

  #answer(client: Client, data: number): void {
    const { name, control } = client;
    client.lastUsed = this.#parts.now();
    this.#counters.bytesToClient += data;
    this.#memory.name.set(name);
    this.#memory.control.set(control);
    const lengths = { name: name.length, control: control.length, data };
    this.#memory.send(this.#parts.doorway.descriptor.fd, lengths, FLAGS);
  }

  #forgetIdle(): void {
    const { now, idleMs } = this.#parts;
    this.#lastLook = now();
    for (const [key, client] of this.#clients) {
      if (this.#lastLook - client.lastUsed < idleMs) continue;
      client.session[Symbol.dispose]();
      this.#clients.delete(key);
    }
  }
}
