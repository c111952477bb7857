/**
 * Relays by words, as the command has them: one that goes on as long as this process wants it, and
 * those that are kept with a namespace, each by a process of its own.
 */
import {
  listForwards,
  removeForward,
  resolveName,
  startInBackground,
  untilNameEnds,
  type FoundForward,
} from '../namespaces/index.js';
import type { Relay, RelayOptions } from '../sockets/index.js';
import { forwardWords, recordedName, readForwardEnds, relayEnds } from './forward-ends.js';
import { readAnswer } from './kept-forward.js';

export interface Forward {
  readonly relay: Relay;
  /** With the port that was chosen, where none was asked for. */
  readonly from: string;
  readonly to: string;
  /** Settles with the name that was deleted, as soon as one is; with undefined when aborted. */
  ended(signal: AbortSignal): Promise<string | undefined>;
}

export interface KeptForward {
  readonly id: number;
  readonly pid: number;
  readonly from: string;
  readonly to: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
}

export const forwards = {
  /** Begins to relay. Throws ERR_USAGE, ERR_NAME_UNKNOWN, and what `listen` throws. */
  async open(
    from: string,
    to: string,
    options: Pick<RelayOptions, 'onRefused'> = {},
  ): Promise<Forward> {
    const { made, ends } = await relayEnds(readForwardEnds(from, to), options);
    return {
      relay: made,
      ...forwardWords(ends),
      ended: async (signal) => (await untilNameEnds(ends.names, { signal })).name,
    };
  },

  /** The same in a process of its own, which ends when one of the names does. */
  async keep(from: string, to: string): Promise<KeptForward> {
    const words = forwardWords(readForwardEnds(from, to));
    const id = readAnswer(await startInBackground(['forward', '--serve', words.from, words.to]));
    const found = (await listForwards()).find((forward) => forward.id === id);
    // Its name went in the meantime.
    return found === undefined ? { ...words, id, pid: 0, created: Date.now() } : kept(found);
  },

  /**
   * Those that are kept, of one name or all; what killed ones left is cleaned up. Throws
   * ERR_NAME_UNKNOWN.
   */
  async list(name?: string): Promise<KeptForward[]> {
    const wanted = name === undefined ? undefined : recordedName(resolveName(name));
    const found = await listForwards();
    return found.filter(({ names }) => wanted === undefined || names.includes(wanted)).map(kept);
  },

  /** Ends one that is kept, and cuts its connections. Throws ERR_FORWARD_UNKNOWN. */
  remove: removeForward,
};

function kept({ id, pid, from, to, created }: FoundForward): KeptForward {
  return { id, pid, from, to, created };
}
