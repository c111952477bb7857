/** What is wrong with a command line: said in one line, and the exit status is 1. */
export class UsageError extends Error {}

/** A number as strtoull(3) reads it: decimal, 0x hexadecimal, or octal after a 0. */
export function parseNumber(what: string, text: string): bigint {
  const [, hexadecimal, octal, decimal] =
    /^(?:0x([0-9a-f]+)|0([0-7]+)|(0|[1-9]\d*))$/i.exec(text) ?? [];
  const number =
    hexadecimal !== undefined
      ? BigInt(`0x${hexadecimal}`)
      : octal !== undefined
        ? BigInt(`0o${octal}`)
        : decimal !== undefined
          ? BigInt(decimal)
          : -1n;
  if (number >= 0n && number <= 0xffff_ffff_ffff_ffffn) return number;
  throw new UsageError(`${what} ${text}: it is a whole number`);
}

/** One that fits into an unsigned int. */
export function parseInt32(what: string, text: string): number {
  const number = parseNumber(what, text);
  if (number <= 0xffff_ffffn) return Number(number);
  throw new UsageError(`${what} ${text}: the number is too large`);
}

export function parseList(what: string, text: string): number[] {
  return text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => parseInt32(what, part));
}

/** A file mode: octal, whether or not it begins with a 0. */
export function parseMode(text: string): number {
  if (/^[0-7]{1,5}$/.test(text)) return Number.parseInt(text, 8);
  throw new UsageError(`${text} is no mode: octal digits`);
}

/** One of these names, or a number. */
export function parseChoice<T>(
  what: string,
  text: string,
  choices: Readonly<Record<string, T>>,
): T | number {
  if (Object.hasOwn(choices, text)) return choices[text] as T;
  if (/^\d/.test(text)) return parseInt32(what, text);
  const names = Object.keys(choices).join(', ');
  throw new UsageError(`${what} ${text}: it is one of ${names}, or a number`);
}
