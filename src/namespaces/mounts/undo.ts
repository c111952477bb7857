/**
 * A chain of what there is to undo, the last first. Each step that can fail goes, when it does, to
 * where the chain begins for what has been done by then.
 */
import {
  expectEqual,
  forgiving,
  label,
  orElse,
  undoing,
  type Label,
  type Program,
  type Step,
} from '../../native/index.js';

export class Undo {
  readonly #isWanted: boolean;
  readonly #links: { readonly start: Label; readonly steps: Program }[] = [];
  #next: Label = label('undo nothing');

  constructor(isWanted: boolean) {
    this.#isWanted = isWanted;
    this.#links.push({ start: this.#next, steps: [] });
  }

  get isWanted(): boolean {
    return this.#isWanted;
  }

  /** The same step; when it fails, everything before it is undone. */
  guard(step: Step): Step {
    return this.#isWanted ? undoing(step, this.#next) : step;
  }

  /** From here on a failure does this first. Errors of its own do not matter. */
  add(steps: Program): void {
    if (!this.#isWanted) return;
    this.#next = label(`undo ${this.#links.length}`);
    this.#links.push({
      start: this.#next,
      steps: steps.map((item) => ('sentence' in item ? forgivingUnlessSaid(item) : item)),
    });
  }

  /** To be the end of the program: a program that has undone something must not end by `exit`. */
  get program(): Program {
    if (!this.#isWanted) return [];
    return this.#links.toReversed().flatMap(({ start, steps }) => [start, ...steps]);
  }
}

function forgivingUnlessSaid(step: Step): Step {
  return step.recovery === undefined ? forgiving(step) : step;
}

/** Takes steps only if a system call that answers 0 has been made: whatever it was. */
export function ifDone(done: Step, steps: Program): Program {
  const otherwise = label(`${done.sentence}: not done`);
  const check = expectEqual(`unless that was done: ${done.sentence}`, done, 0, 'ENOENT');
  return [orElse(check, otherwise), ...steps, otherwise];
}
