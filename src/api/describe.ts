/** A program as numbered sentences, for --dry-run: what would be done, in which order. */
import { isLabel, nameOfCall, type Argument, type Program, type Step } from '../native/index.js';

export interface DescribedStep {
  readonly number: number;
  readonly sentence: string;
  readonly call: string;
  readonly path: string | undefined;
}

export function describeProgram(program: Program): DescribedStep[] {
  const steps = program.filter((item): item is Step => !isLabel(item));
  return steps.map((step, i) => {
    return { number: i + 1, sentence: step.sentence, call: nameOfCall(step), path: pathOf(step) };
  });
}

/** The object of a call, when the sentence does not name it already. */
function pathOf(step: Step): string | undefined {
  const texts = step.args.filter((argument: Argument) => typeof argument === 'string');
  const path = step.path ?? texts[0];
  return path === undefined || step.sentence.includes(path) ? undefined : path;
}
