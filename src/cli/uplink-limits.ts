/** `--limit WHAT=NUMBER`: what a namespace may take of whoever carries its uplink. */
import { NskitError, type UplinkLimits } from '../index.js';

const names: Readonly<Record<string, keyof UplinkLimits>> = {
  flows: 'flows',
  'new-flows': 'newFlowsPerSecond',
  memory: 'memoryBytes',
  descriptors: 'descriptors',
};

const units: Readonly<Record<string, number>> = { '': 1, K: 1 << 10, M: 1 << 20, G: 1 << 30 };

/** Throws ERR_USAGE. */
export function addLimit(text: string, before: UplinkLimits = {}): UplinkLimits {
  const [, what = '', number = '', unit = ''] = /^([a-z-]+)=(\d+)([KMG]?)$/.exec(text) ?? [];
  const name = Object.hasOwn(names, what) ? names[what] : undefined;
  const factor = unit === '' || name === 'memoryBytes' ? units[unit] : undefined;
  if (name !== undefined && factor !== undefined) {
    return { ...before, [name]: Number(number) * factor };
  }
  throw new NskitError('ERR_USAGE', `--limit ${text} is none`, {
    hint: 'give flows=1000, new-flows=100 (a second), memory=16M or descriptors=500',
  });
}
