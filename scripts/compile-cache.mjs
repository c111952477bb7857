// Keeps what V8 makes of a command's bundle, beside it: `node scripts/compile-cache.mjs BUNDLE`. It
// fits the V8 that made it; another one ignores it. scripts/start.cjs is what uses it.

import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Script } from 'node:vm';

const filename = path.resolve(process.argv[2]);
const cacheFile = `${filename}.cache`;
const mark = '\n//';

// The bundle ends with a hash of itself, and the cache begins with it: so they are known to belong
// together.
function markedSource() {
  const text = fs.readFileSync(filename, 'latin1');
  const known = /\n\/\/([0-9a-f]{64})$/.exec(text);
  if (known) return { source: text, hash: known[1] };
  const hash = createHash('sha256').update(text).digest('hex');
  const source = `${text}${mark}${hash}`;
  fs.writeFileSync(filename, source, 'latin1');
  return { source, hash };
}

const { source, hash } = markedSource();
const wrapped = `(function(exports,require,module,__filename,__dirname){${source}\n})`;
const script = new Script(wrapped, { filename });

// Run first, so that the functions of every start are in the cache too.
process.argv = [process.execPath, filename, '--version'];
const { write } = process.stdout;
process.stdout.write = () => true;
script.runInThisContext()({}, createRequire(filename), {}, filename, path.dirname(filename));
process.once('beforeExit', () => {
  process.stdout.write = write;
  const temporary = `${cacheFile}.${process.pid}.tmp`;
  fs.writeFileSync(
    temporary,
    Buffer.concat([Buffer.from(hash, 'latin1'), script.createCachedData()]),
  );
  fs.renameSync(temporary, cacheFile);
});
