/** For tests and benches of this repository; not part of the published package. */
export { startHydraChainDouble, type HydraChainDouble, type HydraChainDoubleOptions } from './hydrachain-double.ts'
