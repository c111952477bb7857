/**
 * A connected stream socket of a family that Node cannot adopt (vsock(7)) as a stream of Node. It
 * does by calls of its own what net.Socket does by libuv; whatever takes a Duplex takes it: servers
 * of http, tls.connect({ socket }), pipeline.
 */
import { constants } from 'node:os';
import { Duplex } from 'node:stream';
import { callError, tryCall } from '../native/index.js';
import { SOCKADDR_STORAGE_SIZE, parseSocketAddress, type SocketAddress } from '../wire/index.js';
import { addressEndpoint } from './address.js';
import * as so from './constants.js';
import type { FileDescriptor } from './descriptor.js';
import { SocketError } from './errors.js';
import { WOULD_BLOCK, endWriting, receive, send } from './stream-calls.js';
import { WatchedSocket } from './watched-socket.js';

const PIECE_BYTES = 65_536;
/** For every stream: what arrives is copied out of it at once. */
const piece = new Uint8Array(PIECE_BYTES);

const INTERRUPTED = -constants.errno.EINTR;
const GONE = so.EPOLLHUP | so.EPOLLERR;

export interface SocketStreamOptions {
  /** Whether our side stays open when the other has ended, as in Node. */
  readonly allowHalfOpen?: boolean | undefined;
}

interface Writing {
  readonly bytes: Uint8Array;
  readonly done: (error?: Error | null) => void;
}

export class SocketStream extends Duplex {
  /** Of the other end; undefined where the kernel does not know it any more. */
  readonly remote: SocketAddress | undefined;
  readonly #socket: WatchedSocket;
  #wantsToRead = false;
  #writing: Writing | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** Takes a connected descriptor over that never blocks. */
  constructor(descriptor: FileDescriptor, { allowHalfOpen = false }: SocketStreamOptions = {}) {
    super({ allowHalfOpen });
    this.remote = peerAddress(descriptor.fd);
    this.#socket = new WatchedSocket(descriptor.release());
    this.#socket.onReady = (events) => this.#onReady(events);
  }

  /** Emits `timeout` when nothing has gone either way for so long; 0: never. As net.Socket has it. */
  setTimeout(ms: number, onTimeout?: () => void): this {
    clearTimeout(this.#timer);
    this.#timer = ms === 0 ? undefined : setTimeout(() => this.emit('timeout'), ms).unref();
    if (onTimeout !== undefined) this.once('timeout', onTimeout);
    return this;
  }

  ref(): this {
    this.#socket.ref();
    return this;
  }

  unref(): this {
    this.#socket.unref();
    return this;
  }

  override _read(): void {
    this.#wantsToRead = true;
    this.#readSome();
  }

  override _write(bytes: Uint8Array, _encoding: string, done: Writing['done']): void {
    this.#writing = { bytes, done };
    this.#writeSome();
  }

  override _final(done: () => void): void {
    endWriting(this.#socket.fd);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#timer);
    this.#socket.close();
    this.#writing?.done(error ?? this.#failure('write', -constants.errno.ECANCELED));
    this.#writing = undefined;
    done(error);
  }

  /** Told once for each change, so all that can be done is done. */
  #onReady(events: number): void {
    this.#timer?.refresh();
    if ((events & (so.EPOLLIN | so.EPOLLRDHUP | GONE)) !== 0) this.#readSome();
    if ((events & (so.EPOLLOUT | GONE)) !== 0) this.#writeSome();
  }

  #readSome(): void {
    while (this.#wantsToRead && !this.destroyed) {
      const got = receive(this.#socket.fd, piece);
      if (got === WOULD_BLOCK) return;
      if (got > 0) this.#wantsToRead = this.push(Buffer.from(piece.subarray(0, got)));
      else if (got !== INTERRUPTED) this.#endReading(got);
    }
  }

  #endReading(answer: number): void {
    this.#wantsToRead = false;
    if (answer === 0) this.push(null);
    else this.destroy(this.#failure('read', answer));
  }

  #writeSome(): void {
    while (this.#writing !== undefined) {
      const { bytes, done } = this.#writing;
      const sent = send(this.#socket.fd, bytes, bytes.length);
      if (sent === WOULD_BLOCK) return;
      this.#timer?.refresh();
      if (sent === INTERRUPTED) continue;
      const isOver = sent < 0 || sent === bytes.length;
      this.#writing = isOver ? undefined : { bytes: bytes.subarray(sent), done };
      if (isOver) done(sent < 0 ? this.#failure('write', sent) : null);
    }
  }

  /** With Node's own names of the calls. */
  #failure(syscall: 'read' | 'write', answer: number): SocketError {
    const endpoint = this.remote === undefined ? { address: '' } : addressEndpoint(this.remote);
    const step = syscall === 'read' ? 'read from a socket' : 'write to a socket';
    return new SocketError(callError({ step }, syscall, answer), endpoint);
  }
}

function peerAddress(fd: number): SocketAddress | undefined {
  const name = new Uint8Array(SOCKADDR_STORAGE_SIZE);
  const size = Uint32Array.of(name.length);
  if (tryCall('getpeername', fd, name, size) < 0) return undefined;
  return parseSocketAddress(name.subarray(0, size[0]));
}
