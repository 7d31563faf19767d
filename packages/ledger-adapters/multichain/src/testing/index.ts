export { createDoubleNetwork } from './double-network.ts'
export { callNode } from './node-access.ts'
export type { NodeAccess } from './node-access.ts'
