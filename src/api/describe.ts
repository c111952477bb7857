/** A program as numbered sentences, for --dry-run: what would be done, in which order. */
import {
  isLabel,
  nameOfCall,
  operations,
  type Argument,
  type Program,
  type Step,
} from '../native/index.js';

export interface DescribedStep {
  readonly number: number;
  readonly sentence: string;
  /** The system calls, in order; none for a step that only decides or computes. */
  readonly calls: readonly string[];
  /** What they are about, when the sentence does not say it. */
  readonly path: string | undefined;
}

/** Steps in a row with the same sentence are one step to a reader. */
export function describeProgram(program: Program): DescribedStep[] {
  const described: { sentence: string; calls: string[]; path: string | undefined }[] = [];
  for (const step of program) {
    if (isLabel(step)) continue;
    let last = described.at(-1);
    if (last?.sentence !== step.sentence) {
      last = { sentence: step.sentence, calls: [], path: undefined };
      described.push(last);
    }
    last.path ??= pathOf(step);
    const call = nameOfCall(step);
    if (isSystemCall(step) && !last.calls.includes(call)) last.calls.push(call);
  }
  return described.map((step, i) => ({ number: i + 1, ...step }));
}

function isSystemCall(step: Step): boolean {
  return !(step.call in operations) || step.call === 'execvpe';
}

/** The object of a call, when the sentence does not name it already. */
function pathOf(step: Step): string | undefined {
  const texts = step.args.filter((argument: Argument) => typeof argument === 'string');
  const path = step.path ?? texts.find((text) => text !== '' && text !== 'none');
  return path === undefined || step.sentence.includes(path) ? undefined : path;
}
