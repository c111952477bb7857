/**
 * What the watcher keeps for us, so that the next uplink process gets it when this one is killed:
 * entries of a note and descriptors. The messages are those of native/keep.h, over a socket that
 * keeps them apart; each is answered.
 */
import { SyscallError } from '../../errors/index.js';
import { call, errnoCode, errnoNumber } from '../../native/index.js';
import { receiveDescriptors, sendDescriptors, type FileDescriptor } from '../../sockets/index.js';

/** enum nskit_keep_kind. */
export const kinds = { put: 1, drop: 2, clear: 3, done: 4 } as const;

/** struct nskit_keep_message; the note follows. */
export const keepMessage = { size: 16, kind: 0, error: 4, key: 8 } as const;
export const NOTE_BYTES_MAX = 131_072;

/** It is closed by its owner, after it has been dropped. */
export interface Kept {
  drop(): Promise<void>;
}

export interface Found {
  readonly note: unknown;
  readonly descriptors: readonly FileDescriptor[];
  readonly kept: Kept;
}

interface Entry {
  readonly note: Uint8Array;
  readonly fds: readonly number[];
}

interface Message {
  readonly kind: number;
  readonly error: number;
  readonly key: number;
  readonly note: Uint8Array;
  readonly descriptors: readonly FileDescriptor[];
}

const NOTHING: Entry = { note: new Uint8Array(), fds: [] };

export class Store {
  readonly #entries = new Map<number, Entry>();
  /** To the watcher; undefined when there is none, or it has gone. */
  #socket: FileDescriptor | undefined;
  #lastKey = 0;
  #turn: Promise<void> = Promise.resolve();

  /** Takes the socket over; without one there is no watcher yet. With what another process has left. */
  static async open(socket?: FileDescriptor): Promise<{ store: Store; found: Found[] }> {
    const store = new Store();
    const found: Found[] = [];
    store.#socket = socket;
    while (socket !== undefined) {
      const { kind, key, note, descriptors } = await receive(socket);
      if (kind === kinds.done) break;
      found.push({
        note: JSON.parse(Buffer.from(note).toString()),
        descriptors,
        kept: store.#keptAs(key),
      });
      store.#remember(key, { note, fds: descriptors.map(({ fd }) => fd) });
    }
    return { store, found };
  }

  /** From now on. The descriptors stay their owner's. Throws SyscallError: EMFILE, EMSGSIZE, ENOMEM. */
  async keep(note: object, fds: readonly number[]): Promise<Kept> {
    const key = this.#lastKey + 1;
    const entry = { note: Buffer.from(JSON.stringify(note)), fds };
    this.#remember(key, entry);
    try {
      await this.#ask(kinds.put, key, entry);
    } catch (error) {
      this.#entries.delete(key);
      throw error;
    }
    return this.#keptAs(key);
  }

  /** All of it. Nobody starts this process again when it ends now. */
  async clear(): Promise<void> {
    this.#entries.clear();
    await this.#ask(kinds.clear, 0);
  }

  /** Another watcher, which gets all that is kept; takes the socket over. */
  async changeWatcher(socket: FileDescriptor): Promise<void> {
    // The one before has gone; if it has not, it must not think that this process has.
    await this.#ask(kinds.clear, 0).catch(() => undefined);
    this.#lose();
    this.#socket = socket;
    for (const [key, entry] of this.#entries) await this.#ask(kinds.put, key, entry);
  }

  #remember(key: number, entry: Entry): void {
    this.#entries.set(key, entry);
    this.#lastKey = Math.max(this.#lastKey, key);
  }

  #keptAs(key: number): Kept {
    return {
      drop: async () => {
        if (this.#entries.delete(key)) await this.#ask(kinds.drop, key);
      },
    };
  }

  /** One after the other, each answered before the next. */
  #ask(kind: number, key: number, entry: Entry = NOTHING): Promise<void> {
    const turn = this.#turn.then(async () => {
      const isStale = kind === kinds.put && this.#entries.get(key) !== entry;
      if (!isStale) await this.#exchange(kind, key, entry);
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #exchange(kind: number, key: number, { note, fds }: Entry): Promise<void> {
    if (this.#socket === undefined) return;
    const data = new Uint8Array(keepMessage.size + note.length);
    const view = new DataView(data.buffer);
    view.setUint32(keepMessage.kind, kind, true);
    view.setBigUint64(keepMessage.key, BigInt(key), true);
    data.set(note, keepMessage.size);
    const error = await this.#answerTo(this.#socket, data, fds);
    if (error === undefined) this.#lose();
    else if (error !== 0) throw failed(errnoCode(error), 'recvmsg');
  }

  /** An errno, or 0; undefined when nobody answers any more. */
  async #answerTo(
    socket: FileDescriptor,
    data: Uint8Array,
    fds: readonly number[],
  ): Promise<number | undefined> {
    try {
      // Nothing else is under way, so there is room for it.
      if (fds.length === 0) call({ step: STEP }, 'write', socket.fd, data, data.length);
      else await sendDescriptors(socket.fd, fds, { data });
      return (await receive(socket)).error;
    } catch (error) {
      if (isEnd((error as { code?: unknown }).code)) return undefined;
      throw error;
    }
  }

  #lose(): void {
    this.#socket?.[Symbol.dispose]();
    this.#socket = undefined;
  }
}

const STEP = 'tell the watcher what to keep';

function failed(code: string, syscall: string): SyscallError {
  const hint =
    code === 'EMFILE' ? 'the watcher has too many open files: see "ulimit -Hn"' : undefined;
  return new SyscallError({ code, errno: -errnoNumber(code), syscall, step: STEP, hint });
}

function isEnd(code: unknown): boolean {
  return code === 'EPIPE' || code === 'ECONNRESET';
}

/** Throws ECONNRESET at the end. */
async function receive(socket: FileDescriptor): Promise<Message> {
  const dataBytes = keepMessage.size + NOTE_BYTES_MAX;
  const { data, descriptors } = await receiveDescriptors(socket.fd, { dataBytes });
  if (data.length < keepMessage.size) throw failed('ECONNRESET', 'recvmsg');
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  return {
    kind: view.getUint32(keepMessage.kind, true),
    error: view.getInt32(keepMessage.error, true),
    key: Number(view.getBigUint64(keepMessage.key, true)),
    note: data.subarray(keepMessage.size),
    descriptors,
  };
}
