/** Where a capture is written: a file, two files that take turns, or a stream. */
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { NskitError, SyscallError } from '../../errors/index.js';
import { pcapng } from '../../wire/index.js';

export interface CaptureSink {
  /** Whole blocks. */
  write(blocks: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Room for what a file begins with, and for the largest packet with its comments, twice. */
const RING_BYTES_MIN = 262_144;

/** Throws SyscallError when it cannot be opened, ERR_USAGE for a ring too small. */
export async function openSink(file: string | Writable, ringBytes?: number): Promise<CaptureSink> {
  if (ringBytes !== undefined && (typeof file !== 'string' || !(ringBytes >= RING_BYTES_MIN))) {
    throw new NskitError('ERR_USAGE', `a ring is a file of ${RING_BYTES_MIN} bytes at least`);
  }
  if (typeof file !== 'string') return streamSink(file);
  if (ringBytes === undefined) return await FileSink.open(file);
  await rm(`${file}.1`, { force: true });
  return new RingSink(file, Math.floor(ringBytes / 2), await FileSink.open(file));
}

function streamSink(stream: Writable): CaptureSink {
  let failure: Error | undefined;
  stream.on('error', (error) => (failure = error));
  return {
    write: async (blocks) => {
      if (failure !== undefined) throw failure;
      // A copy, because the stream may keep it for a while.
      if (!stream.write(blocks.slice())) {
        await Promise.race([once(stream, 'drain'), once(stream, 'close')]);
      }
    },
    close: () => Promise.resolve(),
  };
}

class FileSink implements CaptureSink {
  readonly #path: string;
  readonly #handle: FileHandle;
  /** Of whole blocks. */
  length = 0;

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  static async open(path: string): Promise<FileSink> {
    try {
      return new FileSink(path, await open(path, 'w'));
    } catch (error) {
      throw failed('open', path, error);
    }
  }

  async write(blocks: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < blocks.length;) {
        const { bytesWritten } = await this.#handle.write(blocks, done);
        done += bytesWritten;
      }
      this.length += blocks.length;
    } catch (error) {
      // Half a block at the end would make a reader complain.
      await this.#handle.truncate(this.length).catch(() => undefined);
      throw failed('write', this.#path, error);
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** The older half is FILE.1, the newer one FILE; each begins as a file must. */
class RingSink implements CaptureSink {
  readonly #path: string;
  readonly #half: number;
  #file: FileSink;
  #head = new Uint8Array(0);

  constructor(path: string, half: number, file: FileSink) {
    this.#path = path;
    this.#half = half;
    this.#file = file;
  }

  async write(blocks: Uint8Array): Promise<void> {
    let from = 0;
    for (const { type, at, length } of pcapng.blocksIn(blocks)) {
      if (pcapng.isHeadBlock(type)) {
        this.#head = Uint8Array.of(...this.#head, ...blocks.subarray(at, at + length));
      }
      if (this.#file.length + (at - from) + length <= this.#half) continue;
      await this.#file.write(blocks.subarray(from, at));
      await this.#turn();
      from = at;
    }
    await this.#file.write(blocks.subarray(from));
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #turn(): Promise<void> {
    await this.#file.close();
    await rename(this.#path, `${this.#path}.1`);
    this.#file = await FileSink.open(this.#path);
    await this.#file.write(this.#head);
  }
}

function failed(syscall: string, path: string, cause: unknown): unknown {
  const { code, errno } = cause as { code?: unknown; errno?: unknown };
  if (typeof code !== 'string' || typeof errno !== 'number') return cause;
  const hint = code === 'ENOSPC' ? { hint: 'the capture has ended; the traffic goes on' } : {};
  return new SyscallError(
    { code, errno, syscall, step: 'write the capture', path, ...hint },
    { cause },
  );
}
