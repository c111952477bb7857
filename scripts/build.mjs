// Builds dist/: tsc for the library and its tests, esbuild for the commands. A command is one
// CommonJS file because Node starts that fastest, beside V8's compiled form of it.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { commands } from './native.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const dist = path.join(root, 'dist');

export async function build() {
  removeOrphans();
  compileTypes();
  for (const name of commands) await buildCommand(name);
}

// The launcher starts dist/NAME.cjs; that one runs the bundle, from the cache if it fits.
async function buildCommand(name) {
  const folder = name === 'nskit' ? 'src/cli' : `src/compat/${name}`;
  const entry = path.join(root, folder, 'main.ts');
  if (!fs.existsSync(entry)) {
    throw new Error(`${name} has no entry point: ${folder}/main.ts is missing.`);
  }
  const bundle = path.join(dist, folder, 'bundle.cjs');
  await bundleCommand(entry, bundle);
  const starter = fs.readFileSync(path.join(root, 'scripts/start.cjs'), 'utf8');
  fs.writeFileSync(
    path.join(dist, `${name}.cjs`),
    starter.replace('BUNDLE', `${folder}/bundle.cjs`),
  );
  execFileSync(process.execPath, [path.join(root, 'scripts/compile-cache.mjs'), bundle], {
    cwd: root,
    stdio: 'inherit',
  });
}

function compileTypes() {
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  if (!fs.existsSync(tsc)) throw new Error('TypeScript is missing: run `npm ci` first.');
  try {
    execFileSync(process.execPath, [tsc, '--pretty'], { cwd: root, stdio: 'inherit' });
  } catch {
    throw new Error('The types do not check: see above.');
  }
}

// tsc never deletes: without this the compiled copy of a deleted or renamed test runs for ever.
function removeOrphans() {
  if (!fs.existsSync(dist)) return;
  for (const name of fs.readdirSync(dist, { recursive: true })) {
    const source = /^(.*[\\/].*?)(\.d\.ts|\.js|\.js\.map)$/.exec(name)?.[1];
    if (source && !fs.existsSync(path.join(root, `${source}.ts`))) {
      fs.rmSync(path.join(dist, name));
    }
  }
}

async function bundleCommand(entry, bundle) {
  const esbuild = await import('esbuild');
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: bundle,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    // Names stay whole: they appear in stack traces people send us.
    minifyWhitespace: true,
    minifySyntax: true,
    external: ['*.node'],
    plugins: [lazyBuiltins],
    // CommonJS has no import.meta.
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
    define: { 'import.meta.url': 'bundleUrl' },
    sourcemap: 'linked',
    legalComments: 'none',
    logLevel: 'warning',
  });
}

// Node loads its own modules on request, and these two take longer than all our code (measured);
// most commands import them without using them.
const lazyBuiltins = {
  name: 'lazy-builtins',
  setup(build) {
    const namespace = 'lazy';
    build.onResolve({ filter: /^node:(net|child_process)$/ }, (use) =>
      use.namespace === namespace
        ? { path: use.path, external: true }
        : { path: use.path, namespace },
    );
    build.onLoad({ filter: /./, namespace }, ({ path: name }) => {
      const names = Object.keys(createRequire(import.meta.url)(name));
      const getters = names.map((key) => `get ${key}(){return require('${name}').${key}}`);
      // Getters of a prototype, because those of the object itself would be copied, and so called.
      return { contents: `module.exports=Object.create({${getters.join(',')}})` };
    });
  },
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await build();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
