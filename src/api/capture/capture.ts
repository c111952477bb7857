/** A capture that runs: packet blocks come over a socket, and are written down here. */
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { socketPair, type FileDescriptor } from '../../sockets/index.js';
import { parseFlowFilter, type CaptureStatistics } from '../../uplink/index.js';
import { pcapng } from '../../wire/index.js';
import { openSink, type CaptureSink } from './capture-file.js';

export interface CaptureOptions {
  /** A path, or a stream. */
  readonly file: string | Writable;
  /** `tcp:HOST:PORT`, `udp:[ADDRESS]:PORT`, `icmp:HOST`: of any of these flows; all when not said. */
  readonly flow?: readonly string[] | undefined;
  /** What the file, and the older one beside it (FILE.1), may take together, in bytes. */
  readonly ringBytes?: number | undefined;
}

/** Takes the descriptor over; what it answers settles when the capture has ended. */
export type BeginCapture = (
  descriptor: FileDescriptor,
  flow: readonly string[],
) => Promise<{ readonly ended: Promise<CaptureStatistics> }>;

export class RunningCapture implements AsyncDisposable {
  /** Settles at the end. Rejects when the file cannot be written any more: the traffic goes on. */
  readonly ended: Promise<CaptureStatistics>;
  readonly #socket: Socket;

  constructor(socket: Socket, ended: Promise<CaptureStatistics>) {
    this.#socket = socket;
    this.ended = ended;
    // Whoever asks hears of it.
    ended.catch(() => undefined);
  }

  /** What has been captured is written to its end. Rejects as `ended`. */
  async close(): Promise<CaptureStatistics> {
    if (!this.#socket.destroyed) this.#socket.end();
    return await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Throws ERR_USAGE, SyscallError. */
export async function startCapture(
  { file, flow = [], ringBytes }: CaptureOptions,
  begin: BeginCapture,
): Promise<RunningCapture> {
  flow.forEach((text) => parseFlowFilter(text));
  const sink = await openSink(file, ringBytes);
  const [ours, theirs] = socketPair('stream', { nonBlocking: true });
  if (ours === undefined || theirs === undefined) throw new Error('socketpair gave no pair');
  const socket = new Socket({ fd: ours.release(), allowHalfOpen: true });
  socket.on('error', () => undefined);
  try {
    const { ended } = await begin(theirs, flow);
    ended.catch(() => undefined);
    const written = writeDown(socket, sink);
    return new RunningCapture(
      socket,
      written.then(() => ended),
    );
  } catch (error) {
    socket.destroy();
    theirs[Symbol.dispose]();
    await sink.close();
    throw error;
  }
}

/** To the end of the stream. When it fails, the other side sees that nobody reads any more. */
async function writeDown(socket: Socket, sink: CaptureSink): Promise<void> {
  const splitter = new pcapng.BlockSplitter();
  try {
    for await (const chunk of socket) {
      const blocks = splitter.push(chunk as Uint8Array);
      if (blocks.length > 0) await sink.write(blocks);
    }
  } finally {
    socket.destroy();
    await sink.close();
  }
}
