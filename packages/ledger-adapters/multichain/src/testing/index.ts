/** For tests and benches of this repository; not part of the published package. */
export { createDoubleNetwork, type DoubleNetwork } from './double-network.ts'
export { callNode, type NodeAccess } from './node-access.ts'
