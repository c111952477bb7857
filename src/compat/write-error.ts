import { writeSync } from 'node:fs';

/** Synchronously, because the process may be about to be replaced or to exit. */
export function writeError(text: string): void {
  writeSync(2, `${text}\n`);
}
