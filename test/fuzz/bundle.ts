/** The stack with counters in it, as one module. */
import { build, type Plugin } from 'esbuild';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { COUNTERS, Instrumenter } from './instrument.js';
import { Coverage } from './coverage.js';
import type * as World from './world.js';

const world = fileURLToPath(new URL('./world.js', import.meta.url));

/** The world that inputs run in, and what it covers. */
export interface Instrumented {
  readonly run: typeof World.run;
  readonly coverage: Coverage;
}

export async function loadInstrumented(): Promise<Instrumented> {
  const instrumenter = new Instrumenter();
  const text = await bundle(instrumenter);
  const coverage = new Coverage(instrumenter.count);
  (globalThis as Record<string, unknown>)[COUNTERS] = coverage.counters;
  const folder = await mkdtemp(join(tmpdir(), 'nskit-fuzz-'));
  try {
    const file = join(folder, 'world.mjs');
    await writeFile(file, text);
    const { run } = (await import(pathToFileURL(file).href)) as typeof World;
    return { run, coverage };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function bundle(instrumenter: Instrumenter): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [world],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    banner: { js: `const ${COUNTERS} = globalThis.${COUNTERS};` },
    plugins: [counting(instrumenter)],
  });
  return outputFiles[0]?.text ?? '';
}

function counting(instrumenter: Instrumenter): Plugin {
  return {
    name: 'counting',
    setup(hooks) {
      hooks.onLoad({ filter: /\/src\/(wire|stack)\/.*\.js$/ }, async ({ path }) => ({
        contents: instrumenter.instrument(await readFile(path, 'utf8')),
      }));
    },
  };
}
