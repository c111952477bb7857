/** Errors as a person reads them: a sentence, then what to do. */
import { writeSync } from 'node:fs';

interface Reported {
  readonly message: string;
  readonly hint?: string | undefined;
}

/** Synchronously, because the process may be about to be replaced or to exit. */
export function writeError(text: string): void {
  writeSync(2, `${text}\n`);
}

export function reportError(error: unknown): void {
  const { message, hint } = asReported(error);
  writeError(`nskit: ${message}`);
  if (hint !== undefined) writeError(`  hint: ${hint}`);
}

function asReported(error: unknown): Reported {
  if (error instanceof Error) return error;
  return { message: String(error) };
}
