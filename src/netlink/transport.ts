/** A netlink socket: opened inside a namespace, used from outside (netlink(7)). */
import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import type { NamespaceFile } from '../namespaces/index.js';
import { call, callError, kernel, runProgram, step, tryCall, watch } from '../native/index.js';
import {
  AF_NETLINK,
  MSG_DONTWAIT,
  MSG_PEEK,
  MSG_TRUNC,
  NETLINK_ADD_MEMBERSHIP,
  NETLINK_CAP_ACK,
  NETLINK_EXT_ACK,
  NETLINK_GET_STRICT_CHK,
  SOCK_RAW,
  SOL_NETLINK,
} from './constants.js';
import { wayIn } from './target.js';

/** What a conversation needs of a socket; tests have one without a kernel. */
export interface Transport extends Disposable {
  send(bytes: Uint8Array): void;
  /** The next datagram from the kernel, if there is one. Throws for ENOBUFS: some were lost. */
  receive(): Uint8Array | undefined;
  /** Calls back when there is something to receive, until disposed; keeps the process alive. */
  watch(onReadable: () => void): Disposable;
}

export interface NetlinkOptions {
  /** NETLINK_*: by default routing. */
  readonly protocol?: number;
  /** Bytes; it grows by itself. */
  readonly receiveBuffer?: number;
}

const RECEIVE_BUFFER = 65536;

/** struct sockaddr_nl of the sender: its port is at 4, and 0 is the kernel. */
const SOCKADDR_NL_SIZE = 12;
const SENDER_PORT = 1;

/** The descriptor of a netlink socket that was opened inside; the caller's. */
export function openNetlink(network: NamespaceFile, protocol = 0): number {
  const type = SOCK_RAW | kernel.SOCK_CLOEXEC;
  const socket = step('open a netlink socket', 'socket', [AF_NETLINK, type, protocol], {
    opens: true,
  });
  using way = wayIn(network);
  const place = way.enter.length === 0 ? 'here' : 'child-files';
  const outcome = runProgram([...way.enter, socket], { in: place, keep: [socket] });
  return outcome.result(socket);
}

export class NetlinkSocket implements Transport {
  #fd: number;
  #buffer: Uint8Array;
  readonly #sender = new Uint32Array(SOCKADDR_NL_SIZE / 4);
  readonly #senderSize = new Uint32Array(1);

  constructor(fd: number, receiveBuffer = RECEIVE_BUFFER) {
    this.#fd = fd;
    this.#buffer = new Uint8Array(receiveBuffer);
    // What the kernel answers beside an errno; requests not repeated in answers; and fields that
    // it would not look at are refused, so that a filter is never silently none (Linux 4.20).
    for (const option of [NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK]) {
      tryCall('setsockopt', fd, SOL_NETLINK, option, Int32Array.of(1), 4);
    }
  }

  /** Blocks for a tenth of a millisecond. */
  static open(network: NamespaceFile, options: NetlinkOptions = {}): NetlinkSocket {
    return new NetlinkSocket(openNetlink(network, options.protocol), options.receiveBuffer);
  }

  /** Before groups are joined, because an unbound socket (port 0) is taken for the sender itself. */
  bind(): void {
    const address = new Uint8Array(SOCKADDR_NL_SIZE);
    address[0] = AF_NETLINK;
    call({ step: 'bind the netlink socket' }, 'bind', this.#fd, address, address.length);
  }

  /** Multicast messages of this group arrive too. */
  join(group: number): void {
    this.setOption(`join the netlink group ${group}`, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group);
  }

  setOption(sentence: string, level: number, name: number, value: number): void {
    const number = Int32Array.of(value);
    call({ step: sentence }, 'setsockopt', this.#fd, level, name, number, number.byteLength);
  }

  send(bytes: Uint8Array): void {
    call({ step: 'send to the kernel' }, 'sendto', this.#fd, bytes, bytes.length, 0, 0, 0);
  }

  receive(): Uint8Array | undefined {
    for (;;) {
      const size = this.#receiveInto(this.#buffer, MSG_PEEK | MSG_TRUNC);
      if (size === undefined) return undefined;
      // A message that does not fit would be cut off, and its rest be gone.
      if (size > this.#buffer.length) this.#buffer = new Uint8Array(2 * size);
      const read = this.#receiveInto(this.#buffer, 0);
      // Another process with rights in this namespace may write to our port: nobody we asked.
      if (read !== undefined && this.#sender[SENDER_PORT] === 0) return this.#buffer.slice(0, read);
    }
  }

  watch(onReadable: () => void): Disposable {
    return watch(this.#fd, onReadable);
  }

  [Symbol.dispose](): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #receiveInto(buffer: Uint8Array, flags: number): number | undefined {
    this.#senderSize[0] = SOCKADDR_NL_SIZE;
    const all = flags | MSG_DONTWAIT;
    const [fd, sender, size] = [this.#fd, this.#sender, this.#senderSize];
    const answer = tryCall('recvfrom', fd, buffer, buffer.length, all, sender, size);
    if (answer >= 0) return answer;
    if (answer === -constants.errno.EAGAIN) return undefined;
    throw callError({ step: 'receive from the kernel' }, 'recvfrom', answer);
  }
}
