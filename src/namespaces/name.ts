import { NskitError } from '../errors/index.js';

const pattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/;

/** Names of namespaces; native/launch_stored.c has the same rule. */
export function isName(text: string): boolean {
  return pattern.test(text);
}

/** Throws ERR_NAME_INVALID. */
export function checkName(text: string): string {
  if (isName(text)) return text;
  throw new NskitError('ERR_NAME_INVALID', `${JSON.stringify(text)} is no name of a namespace`, {
    hint: 'a name has 1 to 64 letters, digits, ".", "_" and "-", and begins with a letter, a digit or "_"',
  });
}
