/**
 * The text of a file, followed as it changes: written in place, replaced by rename, reached through
 * other links than before, gone and back.
 */
import { readFileSync } from 'node:fs';
import { WatchedPath } from './watched-path.js';

/** Changes come in bursts: written line by line, removed and made again. */
const SETTLE_MS = 30;
/** How often to look when not everything on the way can be watched. */
const LOOK_MS = 2000;

export class FollowedFile implements Disposable {
  readonly #path: string;
  readonly #onChange: (text: string | undefined) => void;
  readonly #watched: WatchedPath;
  #text: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;
  #isOver = false;

  /** An absolute path. Calls back when the text is another one; undefined: there is no such file. */
  constructor(path: string, onChange: (text: string | undefined) => void) {
    this.#path = path;
    this.#onChange = onChange;
    this.#watched = new WatchedPath(path, this.#onEvent);
    this.#text = this.#look();
  }

  get text(): string | undefined {
    return this.#text;
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#watched[Symbol.dispose]();
    clearInterval(this.#looking);
  }

  readonly #onEvent = (): void => {
    if (this.#isOver) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const text = this.#look();
      if (text === this.#text) return;
      this.#text = text;
      this.#onChange(text);
    }, SETTLE_MS).unref();
  };

  #look(): string | undefined {
    this.#renew();
    try {
      return readFileSync(this.#path, 'utf8');
    } catch {
      return undefined;
    }
  }

  #renew(): void {
    try {
      this.#watched.renew();
      clearInterval(this.#looking);
      this.#looking = undefined;
    } catch {
      this.#looking ??= setInterval(this.#onEvent, LOOK_MS).unref();
    }
  }
}
