/** A request as a value: what is sent, and what to call it when it fails. */
import { netlink as wire } from '../wire/index.js';

export interface Request {
  readonly type: number;
  /** Beside NLM_F_REQUEST and NLM_F_ACK, which every request has. */
  readonly flags?: number;
  readonly payload: Uint8Array;
  /** A sentence without its full stop: "add the device v0". */
  readonly step: string;
  /** What the payload is, so that an attribute the kernel complains about has a name. */
  readonly body?: wire.Codec<unknown>;
}

export const CREATE = wire.NLM_F_CREATE | wire.NLM_F_EXCL;
export const REPLACE = wire.NLM_F_CREATE | wire.NLM_F_REPLACE;
export const CHANGE = wire.NLM_F_REPLACE;
export const APPEND = wire.NLM_F_CREATE | wire.NLM_F_APPEND;
