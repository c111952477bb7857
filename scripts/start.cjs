// Starts a command: runs the modules that scripts/link.mjs made functions of, each when something
// that it exports is first used. V8 would spend longer on compiling them than most commands on
// their work (measured), so it is given what it made of them before: scripts/compile-cache.mjs
// keeps that beside each script. A cache that is missing, older than its script or of another V8
// costs only time.

'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { Script } = require('node:vm');

// The build writes in which one: the script, and the module in it.
const entry = 'ENTRY';

const scripts = new Map();
const modules = new Map();

function script(name) {
  const known = scripts.get(name);
  if (known !== undefined) return known;
  const filename = path.join(__dirname, 'command', `${name}.js`);
  const source = fs.readFileSync(filename, 'latin1');
  const bodies = new Script(source, { filename, cachedData: cacheOf(filename, source) });
  const made = { filename, bodies: bodies.runInThisContext() };
  scripts.set(name, made);
  return made;
}

function cacheOf(filename, source) {
  let cache;
  try {
    cache = fs.readFileSync(`${filename}.cache`);
  } catch {
    return undefined;
  }
  // V8 compares only the length of the source.
  return source.endsWith(cache.latin1Slice(0, 64)) ? cache.subarray(64) : undefined;
}

/** What a module exports: empty until it is asked for something. */
function load(address) {
  const known = modules.get(address);
  if (known !== undefined) return known;
  const exported = address.startsWith('node:') ? nodeModule(address) : ownModule(address);
  modules.set(address, exported);
  return exported;
}

function ownModule(address) {
  const ask = (_, name) => {
    Object.setPrototypeOf(exported, null);
    run(address, exported);
    return exported[name];
  };
  const exported = Object.create(new Proxy({}, { get: ask }));
  return exported;
}

function run(address, exported) {
  const [name, id] = address.split(':');
  const { filename, bodies } = script(name);
  const module = { exports: exported };
  bodies[id](exported, load, module, filename, require);
  // A package that is CommonJS.
  if (module.exports !== exported) {
    Object.assign(exported, module.exports, { default: module.exports });
  }
}

/** Node's modules load when they are used too: some take longer than all our code. */
function nodeModule(name) {
  const ask = (_, key) => {
    const value = key === 'default' ? require(name) : require(name)[key];
    Object.defineProperty(exported, key, { value });
    return value;
  };
  const exported = Object.create(new Proxy({}, { get: ask }));
  return exported;
}

// Coverage is counted in the modules as tsc compiled them.
if (process.env.NODE_V8_COVERAGE) void import(`./${entry.split(':')[1]}`);
else run(entry, {});

// Nothing is left to do: leave at once, instead of first taking the heap apart (measured).
process.once('beforeExit', () => process.exit());
