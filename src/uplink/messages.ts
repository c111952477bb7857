/**
 * struct msghdr with one iovec and room for control messages (recvmsg(2), sendmsg(2), cmsg(3)), in
 * memory of ours: the pointers in it are addresses of arrays that live as long as it does.
 */
import { syscallNumber, trafficCalls } from '../native/index.js';
import { dataViewOf } from '../wire/index.js';

export const msghdr = {
  ...{ size: 56, name: 0, nameLength: 8, iov: 16, iovCount: 24 },
  ...{ control: 32, controlLength: 40 },
} as const;
export const iovec = { size: 16, length: 8 } as const;
/** Its length (8 bytes), level, type; then the data. */
export const cmsghdr = { size: 16, level: 8, type: 12 } as const;

const SENDMSG = syscallNumber('sendmsg');
const RECVMSG = syscallNumber('recvmsg');

export class Message {
  readonly #header = new Uint8Array(msghdr.size);
  readonly #view = dataViewOf(this.#header);
  readonly #vector = new Uint8Array(iovec.size);
  readonly #vectorView = dataViewOf(this.#vector);
  readonly #control: Uint8Array;
  readonly #controlView: DataView;
  /** Who sent what was received, or whom something is for: a socket address. */
  readonly name: Uint8Array;
  readonly #nameBuffer: Buffer;
  readonly #calls = trafficCalls();
  /** What the iovec points to: kept, because the kernel knows the address only. */
  #bytes: Uint8Array = this.#vector;
  #address = 0;
  /** Where the data of the control message lies that was found last. */
  #foundAt = 0;

  constructor(controlBytes: number, nameBytes = 0) {
    // A plain array beside the buffer, because `slice` of a buffer is no copy.
    this.name = new Uint8Array(nameBytes);
    this.#nameBuffer = Buffer.from(this.name.buffer);
    if (nameBytes > 0) this.#pointAt(msghdr.name, this.name);
    this.#control = new Uint8Array(controlBytes);
    this.#controlView = dataViewOf(this.#control);
    this.#pointAt(msghdr.iov, this.#vector);
    this.#view.setBigUint64(msghdr.iovCount, 1n, true);
    this.#pointAt(msghdr.control, this.#control);
  }

  /** What is sent, or where received bytes go. */
  setBytes(bytes: Uint8Array, at: number, length: number): void {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#address = this.#calls.addressOf(bytes);
    }
    const start = this.#address + at;
    this.#vectorView.setUint32(0, start >>> 0, true);
    this.#vectorView.setUint32(4, Math.floor(start / 2 ** 32), true);
    this.#vectorView.setUint32(iovec.length, length, true);
  }

  /** Whom it is for. */
  setName(name: Uint8Array): void {
    this.name.set(name);
    this.#view.setUint32(msghdr.nameLength, name.length, true);
  }

  /** The received name as a key, a character for each byte. */
  get nameText(): string {
    return this.#nameBuffer.toString('latin1', 0, this.#view.getUint32(msghdr.nameLength, true));
  }

  /** Nothing is sent but the bytes, until there is more to say. */
  clearControl(): void {
    this.#view.setUint32(msghdr.controlLength, 0, true);
  }

  /** One more control message to send with the bytes. */
  addControl(level: number, type: number, data: Uint8Array): void {
    const at = this.#view.getUint32(msghdr.controlLength, true);
    const length = cmsghdr.size + data.length;
    this.#controlView.setBigUint64(at, BigInt(length), true);
    this.#controlView.setInt32(at + cmsghdr.level, level, true);
    this.#controlView.setInt32(at + cmsghdr.type, type, true);
    this.#control.set(data, at + cmsghdr.size);
    this.#view.setUint32(msghdr.controlLength, at + aligned(length), true);
  }

  /** One control message of one 16-bit number, to send with the bytes. */
  setNumber(level: number, type: number, value: number): void {
    const length = cmsghdr.size + 2;
    this.#controlView.setBigUint64(0, BigInt(length), true);
    this.#controlView.setInt32(cmsghdr.level, level, true);
    this.#controlView.setInt32(cmsghdr.type, type, true);
    this.#controlView.setUint16(cmsghdr.size, value, true);
    this.#view.setUint32(msghdr.controlLength, aligned(length), true);
  }

  send(fd: number, flags: number): number {
    return this.#calls.syscall(SENDMSG, fd, this.#header, flags);
  }

  /** A count of bytes, or a negative errno. */
  receive(fd: number, flags: number): number {
    this.#view.setUint32(msghdr.controlLength, this.#control.length, true);
    this.#view.setUint32(msghdr.nameLength, this.name.length, true);
    return this.#calls.syscall(RECVMSG, fd, this.#header, flags);
  }

  /** The data of a control message that came along; undefined when there was none. */
  find(level: number, type: number): DataView | undefined {
    const end = this.#view.getUint32(msghdr.controlLength, true);
    const view = this.#controlView;
    for (let at = 0; at + cmsghdr.size <= end;) {
      const length = view.getUint32(at, true);
      if (
        view.getInt32(at + cmsghdr.level, true) === level &&
        view.getInt32(at + cmsghdr.type, true) === type
      ) {
        this.#foundAt = at + cmsghdr.size;
        return view;
      }
      at += Math.max(cmsghdr.size, aligned(length));
    }
    return undefined;
  }

  /** Where in the view that `find` answered the data begins. */
  get foundAt(): number {
    return this.#foundAt;
  }

  #pointAt(at: number, target: Uint8Array): void {
    this.#view.setBigUint64(at, BigInt(this.#calls.addressOf(target)), true);
  }
}

function aligned(length: number): number {
  return (length + 7) & ~7;
}
