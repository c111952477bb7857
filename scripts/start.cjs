// Starts a command. V8 spends longer on compiling the bundle than most commands on their work
// (measured), so it is given what it made of the bundle before: scripts/compile-cache.mjs keeps
// that beside it. A cache that is missing, older than the bundle or of another V8 costs only time.

'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { Script } = require('node:vm');

// The build writes in which one.
const filename = path.join(__dirname, 'BUNDLE');

function cachedScript() {
  // Coverage counts what V8 compiles itself.
  if (process.env.NODE_V8_COVERAGE) return undefined;
  let cache;
  try {
    cache = fs.readFileSync(`${filename}.cache`);
  } catch {
    return undefined;
  }
  const source = fs.readFileSync(filename, 'latin1');
  // V8 compares only the length of the source.
  if (!source.endsWith(cache.latin1Slice(0, 64))) return undefined;
  const script = new Script(
    `(function(exports,require,module,__filename,__dirname){${source}\n})`,
    {
      filename,
      cachedData: cache.subarray(64),
    },
  );
  return script.cachedDataRejected ? undefined : script;
}

const script = cachedScript();
if (script === undefined) require(filename);
else script.runInThisContext()({}, require, module, filename, path.dirname(filename));

// Nothing is left to do: leave at once, instead of first taking the heap apart (measured).
process.once('beforeExit', () => process.exit());
