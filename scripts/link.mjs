// Links the commands: what tsc compiled becomes a few scripts in dist/command/, each an object of
// functions, one a module. scripts/start.cjs runs such a function when something that its module
// exports is first used. So a command pays for what it uses, whatever else the package learns.
//
// Imports are directed to the module that defines a name, past every index.js in between, because
// the index of a layer would fetch all that it passes on. A layer is a script of its own, read when
// it is first used; only what every command needs is together in one.

import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import path from 'node:path';
import * as esbuild from 'esbuild';
import ts from 'typescript';
import { Modules } from './modules.mjs';

// The files of these folders, not those of their subfolders.
const always = ['src', 'src/api', 'src/cli', 'src/errors', 'src/namespaces', 'src/native'];

// How a module is asked for: the script it is in, and its path in dist/.
export function address(id) {
  const folder = path.posix.dirname(id);
  if (id.startsWith('package/') || always.includes(folder)) return `core:${id}`;
  const [, layer, part] = folder.split('/');
  return `${always.includes(`src/${layer}`) ? `${layer}-${part}` : layer}:${id}`;
}

export async function link(dist, entries) {
  const modules = new Modules(dist);
  const scripts = new Map();
  const ids = new Set(entries);
  // A set is walked to its end, also when it grows meanwhile.
  for (const id of ids) {
    const { text, uses } = id.startsWith('package/')
      ? await packageModule(dist, id.slice('package/'.length))
      : ownModule(modules, id);
    const [script] = address(id).split(':');
    scripts.set(script, [...(scripts.get(script) ?? []), `${JSON.stringify(id)}:${text}`]);
    uses.forEach((used) => ids.add(used));
  }
  writeScripts(path.join(dist, 'command'), scripts);
}

function writeScripts(folder, scripts) {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder);
  for (const [name, parts] of scripts) {
    const source = `'use strict';({${parts.join(',\n')}})`;
    // By the hash, a cache (scripts/compile-cache.mjs) is known to belong to this very source.
    const hash = createHash('sha256').update(source).digest('hex');
    fs.writeFileSync(path.join(folder, `${name}.js`), `${source}\n//${hash}`, 'latin1');
  }
}

function ownModule(modules, id) {
  const { text, uses } = modules.directed(id, address);
  const { outputText } = ts.transpileModule(text, {
    fileName: id,
    // Without esModuleInterop: what start.cjs hands out needs no help to look like a module.
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2023,
      esModuleInterop: false,
    },
  });
  return { text: asFunction('exports,require,module,__filename', outputText), uses };
}

// A package is CommonJS and runs on Node's own require.
async function packageModule(dist, name) {
  const { outputFiles } = await esbuild.build({
    stdin: { contents: `module.exports = require('${name}')`, resolveDir: dist },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    write: false,
    plugins: [noChildProcess],
  });
  const text = asFunction('exports,_,module,__filename,require', outputFiles[0].text);
  return { text, uses: [] };
}

// commander would start the program of a subcommand with it. None of ours has one, and loading
// node:child_process takes longer than all else that starting a command does (measured).
const noChildProcess = {
  name: 'no-child-process',
  setup(build) {
    build.onResolve({ filter: /^node:child_process$/ }, ({ path: name }) => ({
      path: name,
      namespace: 'none',
    }));
    build.onLoad({ filter: /./, namespace: 'none' }, () => ({ contents: '' }));
  },
};

// Names stay whole: they appear in stack traces people send us.
function asFunction(parameters, body) {
  const { code } = esbuild.transformSync(`it=function(${parameters}){${body}\n}`, {
    minifyWhitespace: true,
    minifySyntax: true,
    target: 'node20',
    legalComments: 'none',
  });
  return code.trim().replace(/^it=/, '').replace(/;$/, '');
}
