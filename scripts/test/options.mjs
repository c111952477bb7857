// The command line: `[--only PART [SUBSTRING]] [--coverage]`.

import { parseArgs } from 'node:util';
import { Expected } from './expected.mjs';

export const parts = ['format', 'lint', 'layers', 'build', 'arm64', 'unit', 'kernel', 'root'];

export function parseOptions(argv) {
  const { values, positionals } = parseArgs({
    args: argv,
    options: { only: { type: 'string' }, coverage: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [match, ...rest] = positionals;
  if (rest.length > 0 || (match !== undefined && values.only === undefined)) {
    throw new Expected('Usage: npm test [-- --only PART [SUBSTRING]]');
  }
  if (values.only !== undefined && !parts.includes(values.only)) {
    throw new Expected(`There is no part "${values.only}". The parts are: ${parts.join(', ')}.`);
  }
  return { only: values.only, match, coverage: values.coverage };
}
