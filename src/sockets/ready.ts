/** Waiting for a descriptor by Node's own loop. */
import { watch } from '../native/index.js';

export interface Readiness {
  /** EPOLLIN, EPOLLOUT. */
  readonly events: number;
  readonly signal?: AbortSignal | undefined;
}

/** Settles when the fd is ready, or as the signal says. */
export async function ready(fd: number, { events, signal }: Readiness): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const end = (then: () => void): void => {
      watching[Symbol.dispose]();
      signal?.removeEventListener('abort', abort);
      then();
    };
    const abort = (): void => {
      end(() => reject(signal?.reason as Error));
    };
    const watching = watch(fd, () => end(resolve), events);
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) abort();
  });
}
