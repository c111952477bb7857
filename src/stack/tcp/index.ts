export type { TcpParts } from './context.js';
export type { TcpLimits } from './limits.js';
export type { TcpState } from './state.js';
export { Tcp, type TcpFlowInfo } from './tcp.js';
