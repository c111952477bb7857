/** The methods by their names on the wire. */
import { attach } from './attach.js';
import { list } from './list.js';
import type { Method } from './method.js';
import { stop } from './stop.js';

export const methods: Readonly<Record<string, Method>> = { attach, stop, list };
