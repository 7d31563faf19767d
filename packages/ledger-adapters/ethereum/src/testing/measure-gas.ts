import { createHash, randomBytes } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import type { NewRecord } from '@careledger/ledger-spec'
import { createWorld } from './fixtures.ts'
import { hex, newRecord, newRecords } from './records.ts'
import { startAnvil, type DevelopmentChain } from './start-anvil.ts'

/** Gas of one append. */
export interface GasRow {
  readonly what: string
  readonly records: number
  readonly gas: number
  /** Gas for each record, or for each entry under the checkpoint. */
  readonly gasPerRecord: number
}

const STREAM = 'gas'
const BATCHES = [1, 16, 128, 512, 1_024]
/** Entries that one checkpoint stands for. */
const CHECKPOINTED = 1_024
const NOTE_BYTES = [200, 300, 400]

/** Appends through the adapter and reads what each cost: indexed records by size of the batch, and checkpoints by size of their note. */
export async function measureGas(chain: DevelopmentChain): Promise<readonly GasRow[]> {
  const world = await createWorld(chain)
  try {
    const ledger = await world.open(world.owner)
    await ledger.membership.grant(STREAM, world.owner.address, 'write')
    await ledger.append(STREAM, [newRecord()])
    const gasOf = async (records: readonly NewRecord[]): Promise<number> => Number((await ledger.append(STREAM, records))[0]?.raw?.['gasUsed'])
    const rows: GasRow[] = []
    for (const count of BATCHES) {
      const gas = await gasOf(newRecords(count))
      rows.push({ what: 'indexed records', records: count, gas, gasPerRecord: gas / count })
    }
    for (const bytes of NOTE_BYTES) {
      const gas = await gasOf([note(bytes)])
      rows.push({ what: `checkpoint with a note of ${bytes} bytes`, records: CHECKPOINTED, gas, gasPerRecord: gas / CHECKPOINTED })
    }
    return rows
  } finally {
    await world.closeAll()
  }
}

function note(bytes: number): NewRecord {
  const data = randomBytes(bytes)
  return { id: hex(16), digest: createHash('sha256').update(data).digest('hex'), data }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const chain = await startAnvil()
  try {
    console.table((await measureGas(chain)).map((row) => ({ ...row, gasPerRecord: Math.round(row.gasPerRecord * 10) / 10 })))
  } finally {
    await chain.stop()
  }
}
