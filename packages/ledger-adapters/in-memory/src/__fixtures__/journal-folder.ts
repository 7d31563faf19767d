import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Ledger, NewRecord } from '@careledger/ledger-spec'

export const STREAM = 'checkpoints'

/** Runs `test` with the path of a journal in a folder of its own. */
export async function withJournal(test: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'careledger-journal-'))
  try {
    await test(join(folder, 'journal'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export function newRecord(dataBytes?: number): NewRecord {
  const data = dataBytes === undefined ? undefined : new Uint8Array(randomBytes(dataBytes))
  const digest = data === undefined ? randomBytes(32).toString('hex') : createHash('sha256').update(data).digest('hex')
  return { id: randomBytes(16).toString('hex'), key: randomBytes(32).toString('hex'), digest, ...(data === undefined ? {} : { data }) }
}

export async function idsIn(ledger: Ledger): Promise<readonly string[]> {
  const ids: string[] = []
  let after: string | undefined
  do {
    const page = await ledger.list(STREAM, { after, limit: 1_000 })
    ids.push(...page.records.map((record) => record.id))
    after = page.next
  } while (after !== undefined)
  return ids
}
