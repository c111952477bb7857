/** Whose uplink is meant: a name, or `--target`. */
import { resolve } from 'node:path';
import { NskitError, type UplinkPlace } from '../index.js';

/** Throws ERR_USAGE. */
export function uplinkPlaceOf(
  name: string | undefined,
  target: string | undefined,
  command: string,
): UplinkPlace {
  if (name !== undefined && target === undefined) return { name };
  if (name === undefined && target !== undefined) {
    return /^\d+$/.test(target) ? { pid: Number(target) } : { path: resolve(target) };
  }
  throw new NskitError('ERR_USAGE', `${command} needs a name, or --target`, {
    hint: `for example: nskit ${command} lab`,
  });
}
