/**
 * The memory of recvmsg(2) and sendmsg(2), laid out once and used for one message after the other:
 * what `struct msghdr` points to stays where it is. (A program's blocks are laid out for each run.)
 */
import { binding } from './binding.js';
import { tryCall } from './kernel.js';

/** struct msghdr: name, its length, iov, how many, control, its length, flags. */
const MSGHDR_SIZE = 56;
const MSG_NAME = 0;
const MSG_NAME_LENGTH = 8;
const MSG_IOV = 16;
const MSG_IOV_COUNT = 24;
const MSG_CONTROL = 32;
const MSG_CONTROL_LENGTH = 40;
/** struct iovec: where, how long. */
const IOVEC_SIZE = 16;
const IOV_LENGTH = 8;

/** Room for any socket's address: struct sockaddr_storage. */
const NAME_BYTES = 128;

export class MessageMemory {
  readonly name = new Uint8Array(NAME_BYTES);
  readonly data: Uint8Array;
  readonly control: Uint8Array;
  readonly #header = new Uint8Array(MSGHDR_SIZE);
  readonly #vector = new Uint8Array(IOVEC_SIZE);
  readonly #headerView = new DataView(this.#header.buffer);
  readonly #vectorView = new DataView(this.#vector.buffer);

  constructor(sizes: { readonly dataBytes: number; readonly controlBytes: number }) {
    this.data = new Uint8Array(sizes.dataBytes);
    this.control = new Uint8Array(sizes.controlBytes);
    this.#vectorView.setBigUint64(0, addressOf(this.data), true);
    this.#headerView.setBigUint64(MSG_NAME, addressOf(this.name), true);
    this.#headerView.setBigUint64(MSG_IOV, addressOf(this.#vector), true);
    this.#headerView.setUint32(MSG_IOV_COUNT, 1, true);
    this.#headerView.setBigUint64(MSG_CONTROL, addressOf(this.control), true);
  }

  /** Of the message that was received last. */
  get nameLength(): number {
    return this.#headerView.getUint32(MSG_NAME_LENGTH, true);
  }

  get controlLength(): number {
    return this.#headerView.getUint32(MSG_CONTROL_LENGTH, true);
  }

  /** How many bytes of data came, or a negative errno. */
  receive(fd: number, flags: number): number {
    const [name, data, control] = [this.name.length, this.data.length, this.control.length];
    this.#setLengths({ name, data, control });
    return tryCall('recvmsg', fd, this.#header, flags);
  }

  /** Sends the first bytes of each; how many of data were taken, or a negative errno. */
  send(fd: number, lengths: MessageLengths, flags: number): number {
    this.#setLengths(lengths);
    return tryCall('sendmsg', fd, this.#header, flags);
  }

  #setLengths({ name, data, control }: MessageLengths): void {
    this.#headerView.setUint32(MSG_NAME_LENGTH, name, true);
    this.#vectorView.setUint32(IOV_LENGTH, data, true);
    this.#headerView.setUint32(MSG_CONTROL_LENGTH, control, true);
  }
}

export interface MessageLengths {
  readonly name: number;
  readonly data: number;
  readonly control: number;
}

function addressOf(bytes: Uint8Array): bigint {
  return BigInt(binding().addressOf(bytes));
}
