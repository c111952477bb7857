export type { IpFamily as InterceptFamily } from './constants.js';
export { endText, type End as InterceptEnd } from './ends.js';
export {
  InterceptedFlow,
  type InterceptHandler,
  type InterceptRefusal,
  type InterceptTarget,
  type InterceptVerdict,
  type InterceptedDatagrams,
} from './flow.js';
export {
  intercept,
  type Interceptable,
  type InterceptOptions,
  type Interception,
} from './intercept.js';
