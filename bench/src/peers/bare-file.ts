import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { BareLedger } from './bare-ledger.ts'

/** A line at the end of a file, on the disk before the next. */
export async function openBareFile(directory: string): Promise<BareLedger> {
  const file = await open(join(directory, 'bare.journal'), 'a')
  return {
    lanes: 1,
    what: 'one line in a file, fdatasync for each',
    async write() {
      await file.appendFile(`${JSON.stringify({ id: randomBytes(16).toString('hex'), key: randomBytes(32).toString('hex'), digest: randomBytes(32).toString('hex') })}\n`)
      await file.datasync()
      return undefined
    },
    close: () => file.close(),
  }
}
