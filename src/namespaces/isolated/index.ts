export { isolatedInside } from './enter.js';
export { checkBinds, type Bind } from './binds.js';
export { checkSubordinateIds } from './id-map.js';
export { isolatedKinds } from './make.js';
export { makeIsolated, type Making } from './add.js';
