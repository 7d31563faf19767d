/** For tests and benches of this repository; not part of the published package. */
export { createSubject, createWorld, grantAll, type EthereumWorld, type TestSettings } from './fixtures.ts'
export { startFaultyProxy, type FaultyProxy } from './faulty-proxy.ts'
export { findAnvil, jsonRpc, startAnvil, type DevelopmentChain } from './start-anvil.ts'
export { measureGas, type GasRow } from './measure-gas.ts'
export { findGeth, startGeth } from './start-geth.ts'
