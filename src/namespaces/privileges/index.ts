export {
  capabilityNames,
  capabilityNumbers,
  capabilitySets,
  noCapabilities,
  raiseAmbient,
  type Capabilities,
  type CapabilityName,
} from './capabilities.js';
export {
  limitSteps,
  resourceLimits,
  type LimitChange,
  type LimitValue,
  type ResourceLimit,
  type ResourceLimits,
} from './limits.js';
export { applyPrivileges, changesIds, setGroups, type Privileges } from './privileges.js';
export { secureBits, type SecureBit, type SecureBits } from './securebits.js';
