/**
 * `npm run fuzz -- [--minutes N] [--seed N] [--corpus FOLDER] [--replay FILE]`: CONTRIBUTING.md has
 * more about it.
 */
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadInstrumented } from './bundle.js';
import { Fuzzer, type Finding } from './fuzzer.js';
import { formatInput, parseInput, type Input } from './input.js';
import { run } from './world.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
    corpus: { type: 'string' },
    replay: { type: 'string' },
  },
});

const REPORT_MS = 10_000;

async function main(): Promise<void> {
  if (values.replay !== undefined) {
    run(parseInput(await readFile(values.replay, 'utf8')));
    console.log('nothing found');
    return;
  }
  const fuzzer = new Fuzzer(await loadInstrumented(), Number(values.seed));
  console.log(`seed ${values.seed}`);
  const known = values.corpus === undefined ? [] : await readCorpus(values.corpus);
  const finding = fuzzer.begin(known) ?? search(fuzzer, Number(values.minutes) * 60_000);
  report(fuzzer);
  if (values.corpus !== undefined) await writeCorpus(values.corpus, fuzzer.corpus);
  if (finding) await tell(finding);
}

function search(fuzzer: Fuzzer, milliseconds: number): Finding | undefined {
  const end = performance.now() + milliseconds;
  let next = performance.now() + REPORT_MS;
  while (performance.now() < end) {
    const finding = fuzzer.step();
    if (finding) return finding;
    if (performance.now() < next) continue;
    next += REPORT_MS;
    report(fuzzer);
  }
  return undefined;
}

function report({ runs, corpus, reached }: Fuzzer): void {
  console.log(`${runs} runs, ${reached} branches reached, ${corpus.length} inputs kept`);
}

async function readCorpus(folder: string): Promise<Input[]> {
  await mkdir(folder, { recursive: true });
  const names = await readdir(folder);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.map(parseInput);
}

async function writeCorpus(folder: string, corpus: readonly Input[]): Promise<void> {
  for (const [i, input] of corpus.entries()) {
    await writeFile(join(folder, `${String(i).padStart(5, '0')}.jsonl`), formatInput(input));
  }
}

async function tell({ input, error }: Finding): Promise<void> {
  const file = `fuzz-finding-${Date.now()}.jsonl`;
  await writeFile(file, formatInput(input));
  console.error(error);
  console.error(`npm run fuzz -- --replay ${file} does it again`);
  process.exitCode = 1;
}

await main();
