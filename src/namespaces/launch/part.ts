/**
 * A launch has two halves: the process that makes the new one stays outside, and acts on it while it
 * waits; the new one then finishes its set-up inside. A part is one thing to be done for a launch,
 * with what each half does for it and when.
 */
import { numbered, pointerTable, type Block, type Program, type Step } from '../../native/index.js';

export interface Part {
  /** Before the clone: what both halves will have. */
  readonly before?: Program;
  /** Outside, right after it. */
  readonly after?: Program;
  /** Outside, while the new process waits. */
  readonly meanwhile?: Program;
  /** Outside, once the program runs. */
  readonly running?: Program;
  /** Outside, when the program has ended. */
  readonly ended?: Program;
  /** Inside, before it waits. */
  readonly early?: Program;
  /** Inside, when it may go on. */
  readonly late?: Program;
  /** Inside, right before the program is executed. */
  readonly last?: Program;
  /** What steps above jump to. */
  readonly aside?: Program;
  /** Added to the environment of what runs outside meanwhile, and of the program. */
  readonly scriptVariables?: readonly Variable[];
  readonly programVariables?: readonly Variable[];
}

/** A number that is known only then is the step that answers it. */
export interface Variable {
  readonly name: string;
  readonly value: string | Step;
}

type Phase = Exclude<keyof Part, 'scriptVariables' | 'programVariables'>;

/** The steps of one phase, of all parts in their order. */
export function phase(parts: readonly Part[], name: Phase): Program {
  return parts.flatMap((part) => part[name] ?? []);
}

export interface Environment {
  /** Before whoever uses the table. */
  readonly steps: Program;
  readonly table: Block;
}

/** A variable takes the place of one of the same name. */
export function environmentWith(
  base: readonly string[],
  variables: readonly Variable[],
): Environment {
  const names = new Set(variables.map(({ name }) => name));
  const kept = base.filter((text) => !names.has(text.slice(0, text.indexOf('='))));
  const written = variables.map(({ name, value }) => textOf(`${name}=`, value));
  return {
    steps: written.flatMap(({ steps }) => steps),
    table: pointerTable([...kept, ...written.map(({ text }) => text)]),
  };
}

/** A text, or one that ends with a number that is known only then. */
export function textOf(
  prefix: string,
  value: string | Step,
): { readonly steps: Program; readonly text: string | Block } {
  if (typeof value === 'string') return { steps: [], text: `${prefix}${value}` };
  const { text, write } = numbered('write down a number', prefix, value);
  return { steps: [write], text };
}
