/** IFLA_MACVLAN_*. */
import { attribute, attributes } from '../attributes.js';
import { u16, u32 } from '../codecs.js';

export const macvlanAttributes = attributes({
  mode: attribute('IFLA_MACVLAN_MODE', 1, u32),
  flags: attribute('IFLA_MACVLAN_FLAGS', 2, u16),
});

export const macvlanModes = { private: 1, vepa: 2, bridge: 4, passthru: 8, source: 16 } as const;

export type MacvlanMode = keyof typeof macvlanModes;
