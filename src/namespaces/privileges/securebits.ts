/** Secure bits (capabilities(7)): how uid 0 and capabilities depend on each other. */
import { NskitError } from '../../errors/index.js';
import { kernel, step, type Step } from '../../native/index.js';

/** SECBIT_* of linux/securebits.h, in small letters. */
export const secureBits = {
  /** uid 0 gets no capabilities at exec. */
  noroot: 1,
  noroot_locked: 2,
  /** A change of uid leaves the capabilities as they are. */
  no_setuid_fixup: 4,
  no_setuid_fixup_locked: 8,
  /** The permitted ones survive a change from uid 0, until exec. */
  keep_caps: 16,
  keep_caps_locked: 32,
  no_cap_ambient_raise: 64,
  no_cap_ambient_raise_locked: 128,
} as const;

export type SecureBit = keyof typeof secureBits;

/** All that are to be set, by name or as one number; every other is cleared. */
export type SecureBits = readonly SecureBit[] | number;

export function setSecureBits(bits: SecureBits): Step {
  const number = typeof bits === 'number' ? bits : bits.reduce((sum, name) => sum | bitOf(name), 0);
  return step('set the secure bits', 'prctl', [kernel.PR_SET_SECUREBITS, number, 0, 0, 0]);
}

function bitOf(name: SecureBit): number {
  if (Object.hasOwn(secureBits, name)) return secureBits[name];
  throw new NskitError('ERR_USAGE', `${JSON.stringify(name)} is no secure bit`);
}
