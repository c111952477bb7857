/** What a request says, read with care: anybody who may connect can have written it. */
import { NskitError } from '../../../errors/index.js';
import type { Request } from './method.js';

/** Throws ERR_USAGE. */
export function textsIn(words: Request['words'], key: string): string[] {
  const texts: unknown = words[key];
  const isSound = Array.isArray(texts) && texts.every((text) => typeof text === 'string');
  if (isSound) return texts;
  throw new NskitError('ERR_USAGE', `a request without ${key}, an array of strings`);
}

/** Throws ERR_USAGE. */
export function textIn(words: Request['words'], key: string): string {
  const text = words[key];
  if (typeof text === 'string') return text;
  throw new NskitError('ERR_USAGE', `a request without ${key}, a string`);
}
