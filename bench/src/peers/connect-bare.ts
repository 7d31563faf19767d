import type { LedgerNode } from '@careledger/reference/testing'
import { connectBareEvm } from './bare-evm.ts'
import { connectBareFabric } from './bare-fabric.ts'
import { openBareFile } from './bare-file.ts'
import type { BareLedger } from './bare-ledger.ts'
import { connectBareMultiChain } from './bare-multichain.ts'

/** Streams that the bare client of Fabric writes, one for each lane: writers of one counter are in each other's way. */
export const bareStreams: readonly string[] = Array.from({ length: 16 }, (_, lane) => `bare-${lane}`)

export function connectBare({ kind, settings }: LedgerNode['configuration'], directory: string): Promise<BareLedger> {
  if (kind === 'ethereum') return connectBareEvm(settings, directory)
  if (kind === 'hydrachain') return connectBareEvm(settings, directory, { homestead: true })
  if (kind === 'multichain') return connectBareMultiChain(settings, directory)
  if (kind === 'fabric') return connectBareFabric(settings, directory, bareStreams)
  return openBareFile(directory)
}
