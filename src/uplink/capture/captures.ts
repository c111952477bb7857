/**
 * All captures of an uplink. A frame of the namespace's is shown when it has been handled, because
 * only then it is known what was decided about its flow; what was sent meanwhile comes behind it.
 */
import type { FileDescriptor } from '../../sockets/index.js';
import type { FlowInfo } from '../../stack/index.js';
import type { FlowJournal } from '../flows/journal.js';
import type { FrameObserver, TapDevice } from '../tap-device.js';
import { Capture } from './capture.js';
import type { FlowFilter } from './flow-filter.js';
import { SeenFrame } from './seen-frame.js';

export interface CapturesParts {
  readonly device: TapDevice;
  readonly name: string;
  readonly journal: FlowJournal;
  /** Those that live. */
  readonly flows: () => Iterable<FlowInfo>;
}

export class Captures implements FrameObserver {
  readonly #parts: CapturesParts;
  readonly #captures = new Set<Capture>();
  /** Between a frame's arrival and the end of what it leads to. */
  #pending: SeenFrame[] | undefined;

  constructor(parts: CapturesParts) {
    this.#parts = parts;
  }

  /** Takes the descriptor over: one end of a pair of stream sockets. */
  start(descriptor: FileDescriptor, filters: readonly FlowFilter[]): Capture {
    const { device, name, journal, flows } = this.#parts;
    const capture = new Capture({
      ...{ descriptor, filters, device: name, flows: flows(), now: clock() },
      onEnd: () => {
        listening[Symbol.dispose]();
        this.#captures.delete(capture);
        if (this.#captures.size === 0) device.observer = undefined;
      },
    });
    const listening = journal.listen(capture);
    this.#captures.add(capture);
    device.observer = this;
    return capture;
  }

  arrived(frame: Uint8Array): void {
    for (const capture of this.#captures) capture.forget();
    this.#pending = [this.#seen(frame, true)];
  }

  handled(): void {
    const frames = this.#pending ?? [];
    this.#pending = undefined;
    for (const frame of frames) this.#show(frame);
  }

  sent(frame: Uint8Array): void {
    const seen = this.#seen(frame, false);
    if (this.#pending === undefined) this.#show(seen);
    else this.#pending.push(seen);
  }

  /** The device is no more. */
  close(): void {
    for (const capture of this.#captures) capture.stop();
  }

  #seen(frame: Uint8Array, isFromNamespace: boolean): SeenFrame {
    return new SeenFrame(frame, isFromNamespace, this.#now());
  }

  readonly #now = clock();

  #show(frame: SeenFrame): void {
    for (const capture of this.#captures) capture.see(frame);
  }
}

/** Microseconds since 1970 that never go back. */
function clock(): () => bigint {
  const offset = Date.now() - performance.now();
  return () => BigInt(Math.round(1000 * (offset + performance.now())));
}
