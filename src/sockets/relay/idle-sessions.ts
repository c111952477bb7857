/** Sessions of a protocol that never says that it ends: each ends when it has been idle for long. */
export interface IdleOptions {
  readonly idleMs: number;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
}

/** Idle ones are looked for so many times within the time that they may be idle. */
const LOOKS = 4;

interface Kept<T> {
  readonly session: T;
  lastUsed: number;
}

export class IdleSessions<T extends Disposable> implements Disposable {
  readonly #options: IdleOptions;
  readonly #kept = new Map<string, Kept<T>>();
  readonly #timer: NodeJS.Timeout;
  #lastLook: number;

  constructor(options: IdleOptions) {
    this.#options = options;
    this.#lastLook = options.now();
    this.#timer = setInterval(() => this.#look(), options.idleMs / LOOKS).unref();
  }

  get size(): number {
    return this.#kept.size;
  }

  /** It counts as used now. */
  use(key: string): T | undefined {
    const found = this.#kept.get(key);
    if (found !== undefined) found.lastUsed = this.#options.now();
    return found?.session;
  }

  add(key: string, session: T): void {
    const now = this.#options.now();
    if (now - this.#lastLook >= this.#options.idleMs / LOOKS) this.#look();
    this.#kept.set(key, { session, lastUsed: now });
  }

  end(key: string): void {
    const ended = this.#kept.get(key);
    this.#kept.delete(key);
    ended?.session[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const key of [...this.#kept.keys()]) this.end(key);
  }

  #look(): void {
    const { now, idleMs } = this.#options;
    this.#lastLook = now();
    for (const [key, { lastUsed }] of this.#kept) {
      if (this.#lastLook - lastUsed >= idleMs) this.end(key);
    }
  }
}
