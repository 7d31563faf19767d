import { writeSync } from 'node:fs'
import { createInMemoryLedger } from '../index.ts'
import { newRecord, STREAM } from './journal-folder.ts'

/**
 * A process that appends to the journal named by its argument until it is killed, eight callers at once, and writes each id to
 * standard output after it was acknowledged, in one write call: what the parent reads was promised.
 */
const ledger = await createInMemoryLedger({ settings: { journal: { path: process.argv[2] ?? '' } } })
writeSync(1, 'open\n')

async function appendForEver(caller: number): Promise<never> {
  for (;;) {
    const records = Array.from({ length: 1 + (caller % 3) }, () => newRecord(caller === 0 ? 900 : undefined))
    await ledger.append(STREAM, records)
    writeSync(1, records.map((record) => `${record.id}\n`).join(''))
  }
}

try {
  await Promise.all(Array.from({ length: 8 }, (_, caller) => appendForEver(caller)))
} catch (error) {
  writeSync(1, `refused ${(error as { code?: string }).code ?? String(error)} ${(await ledger.health()).ok}\n`)
  await ledger.close()
}
