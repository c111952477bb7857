import { NskitError } from '../errors/index.js';

/**
 * The first thing anything of ours does. Importing nskit elsewhere does no harm, so that a program
 * for several systems can.
 */
export function requireLinux(): void {
  if (process.platform === 'linux') return;
  throw new NskitError('ERR_PLATFORM', `nskit works on Linux only, not on ${process.platform}`);
}
