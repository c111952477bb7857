/**
 * The namespace's questions by TCP (RFC 7766): any number in a connection, without waiting for
 * answers, which come in the order in which they are found.
 */
import { Socket } from 'node:net';
import { socketPair, type FileDescriptor } from '../../sockets/index.js';
import { Unframing, framed, type DnsClient, type Resolver } from '../../stack/index.js';

/** So many connections; for one more, the one that has been idle longest is closed. */
const CONNECTIONS_MAX = 32;
/** RFC 7766 section 6.2.3: a connection with nothing to do is closed after some seconds. */
const IDLE_MS = 10_000;
/** Questions without an answer, or bytes of answers not taken, at which no more is read. */
const QUESTIONS_MAX = 32;
const WAITING_MAX = 0x1_0000;

export class StreamService {
  readonly #resolver: Resolver;
  readonly #onAsked: () => void;
  /** The one that was used longest ago first. */
  readonly #connections = new Set<Connection>();

  /** `onAsked` is called after the resolver has been given something. */
  constructor(resolver: Resolver, onAsked: () => void) {
    this.#resolver = resolver;
    this.#onAsked = onAsked;
  }

  /** The namespace's end of a new connection. */
  open(): FileDescriptor {
    const [ours, theirs] = socketPair('stream', { nonBlocking: true });
    if (ours === undefined || theirs === undefined) throw new Error('socketpair gave no pair');
    const socket = new Socket({ fd: ours.release(), allowHalfOpen: true });
    for (const oldest of this.#connections) {
      if (this.#connections.size < CONNECTIONS_MAX) break;
      // At once, because a socket's "close" comes later.
      this.#connections.delete(oldest);
      oldest.close();
    }
    const connection: Connection = new Connection(socket, {
      resolver: this.#resolver,
      onAsked: () => {
        this.#connections.delete(connection);
        this.#connections.add(connection);
        this.#onAsked();
      },
      onClosed: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
    return theirs;
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }
}

interface ConnectionParts {
  readonly resolver: Resolver;
  readonly onAsked: () => void;
  readonly onClosed: () => void;
}

class Connection implements DnsClient {
  readonly via = 'tcp';
  readonly #socket: Socket;
  readonly #parts: ConnectionParts;
  readonly #unframing = new Unframing();
  /** Questions that have come and are to be asked when others are answered. */
  readonly #waiting: Uint8Array[] = [];
  #unanswered = 0;
  #hasEnded = false;

  constructor(socket: Socket, parts: ConnectionParts) {
    this.#socket = socket;
    this.#parts = parts;
    socket.setTimeout(IDLE_MS, () => this.#onIdle());
    socket.on('data', (chunk) => {
      this.#waiting.push(...this.#unframing.push(chunk));
      this.#goOn();
    });
    socket.on('drain', () => this.#goOn());
    socket.on('end', () => {
      this.#hasEnded = true;
      this.#goOn();
    });
    // After an error comes "close" as well.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#waiting.length = 0;
      parts.resolver.forget(this);
      parts.onClosed();
    });
  }

  reply(message: Uint8Array): void {
    this.#unanswered--;
    this.#socket.write(framed(message));
    this.#goOn();
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Asks, reads on, or ends, unless the client should first take what it has asked for. */
  #goOn(): void {
    const socket = this.#socket;
    while (!this.#isBehind() && this.#askNext());
    if (this.#waiting.length > 0 || this.#isBehind()) socket.pause();
    else if (socket.isPaused()) socket.resume();
    const isDone = this.#waiting.length === 0 && this.#unanswered === 0;
    if (this.#hasEnded && isDone) socket.end();
  }

  #isBehind(): boolean {
    return this.#socket.writableLength >= WAITING_MAX || this.#unanswered >= QUESTIONS_MAX;
  }

  #askNext(): boolean {
    const message = this.#waiting.shift();
    if (message === undefined) return false;
    this.#unanswered++;
    const { resolver, onAsked } = this.#parts;
    if (!resolver.receive(message, this, performance.now())) this.#unanswered--;
    onAsked();
    return true;
  }

  #onIdle(): void {
    if (this.#unanswered === 0) this.close();
  }
}
