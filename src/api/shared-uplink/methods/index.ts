/** The methods by their names on the wire. */
import { attach } from './attach.js';
import { capture } from './capture.js';
import { counters } from './counters.js';
import { flows } from './flows.js';
import { follow } from './follow.js';
import { list } from './list.js';
import type { Method } from './method.js';
import { publish } from './publish.js';
import { published } from './published.js';
import { stop } from './stop.js';
import { unpublish } from './unpublish.js';
import { watch } from './watch.js';

export const methods: Readonly<Record<string, Method>> = {
  ...{ attach, stop, list, watch },
  ...{ publish, unpublish, published, counters },
  ...{ flows, follow, capture },
};
