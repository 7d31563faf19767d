/** For tests and benches of this repository: a node of each ledger, and opening a ledger as the app does. */
export { openLedgers } from '../../ledgers/open-ledgers.ts'
export type { LedgerNode, LedgerNodeOptions } from './ledger-node.ts'
export { startAnvilNode, startGethNode, startHydraChainNode, startSharedAnvil } from './start-evm-node.ts'
export { startFabricNode } from './start-fabric-node.ts'
export { startFolderLedger } from './start-folder-ledger.ts'
export { startMultiChainNode } from './start-multichain-node.ts'
export { startJournal } from './start-journal.ts'
