/** Standard output of the commands. */
import { writeSync } from 'node:fs';

/** Some of it waits for room in a pipe, in process.stdout: what comes later must queue behind. */
let waits = false;

/**
 * Prints a line at once. Setting up process.stdout, which console.log does, takes longer than all
 * else that most commands do (measured).
 */
export function print(line: string): void {
  let rest = Buffer.from(`${line}\n`);
  try {
    while (!waits && rest.length > 0) rest = rest.subarray(writeSync(1, rest));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Whoever reads has seen enough (head).
    if (code === 'EPIPE') return;
    // Somebody made the pipe non-blocking, and it is full.
    if (code !== 'EAGAIN') throw error;
    waits = true;
  }
  if (waits) process.stdout.write(rest);
}
