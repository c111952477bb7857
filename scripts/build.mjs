// Builds dist/: tsc for the library and its tests, esbuild for the command. The command is one
// CommonJS file because Node starts that fastest.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const dist = path.join(root, 'dist');
const entry = path.join(root, 'src/cli/main.ts');

export async function build() {
  if (!fs.existsSync(entry)) {
    throw new Error(
      'The command has no entry point: src/cli/main.ts is missing, nothing was built.',
    );
  }
  removeOrphans();
  compileTypes();
  await bundleCommand();
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

async function bundleCommand() {
  const esbuild = await import('esbuild');
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: path.join(dist, 'nskit.cjs'),
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    // Names stay whole: they appear in stack traces people send us.
    minifyWhitespace: true,
    keepNames: true,
    external: ['*.node'],
    // CommonJS has no import.meta; the addon is found relative to it.
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: 'const importMetaUrl=require("node:url").pathToFileURL(__filename).href;' },
    sourcemap: 'linked',
    legalComments: 'none',
    logLevel: 'warning',
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await build();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
