/**
 * Descriptors of the process, which its uplinks share. With a fair share an uplink may have as many as
 * are still left for the others: one that takes all it can get has half of them, of two each a third,
 * and there are always some for the next.
 */
import { readFileSync } from 'node:fs';

/** What all uplinks of a process have together, and may have. */
export class DescriptorPool {
  taken = 0;
  #limit: number | undefined;

  /** `limit`: of this process, when not said. */
  constructor(limit?: number) {
    this.#limit = limit;
  }

  /** Less those that uplinks need which have no flows. */
  get left(): number {
    this.#limit ??= openFilesLimit();
    return this.#limit - Math.max(RESERVE_LEAST, this.#limit >> 3) - this.taken;
  }
}

const RESERVE_LEAST = 32;

/** RLIMIT_NOFILE, the soft one, as proc_pid_limits(5) shows it. */
function openFilesLimit(): number {
  const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return soft === undefined ? Infinity : Number(soft);
}

const ofProcess = new DescriptorPool();

export class DescriptorShare implements Disposable {
  readonly #most: number | 'fair';
  readonly #pool: DescriptorPool;
  #taken = 0;

  constructor(most: number | 'fair' = Infinity, pool = ofProcess) {
    this.#most = most;
    this.#pool = pool;
  }

  /** How many more there may be; less than one: none. */
  get room(): number {
    return (this.#most === 'fair' ? this.#pool.left : this.#most) - this.#taken;
  }

  take(): void {
    this.#taken++;
    this.#pool.taken++;
  }

  give(): void {
    this.#taken--;
    this.#pool.taken--;
  }

  /** Gives all of them back. */
  [Symbol.dispose](): void {
    this.#pool.taken -= this.#taken;
    this.#taken = 0;
  }
}
