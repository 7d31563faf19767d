import { open } from 'node:fs/promises'
import { safeCause } from '@careledger/ledger-kit'
import { LedgerError } from '@careledger/ledger-spec'
import type { Block } from './block.ts'
import { createJournalReader } from './journal-reader.ts'

export interface JournalFollower {
  readonly ledgerId: string
  /** Reads what the writer has added since. Calls at the same time share one reading. */
  refresh(): Promise<void>
  close(): Promise<void>
}

/**
 * Opens a journal that another process writes, for reading. A block counts once the disk has it: the follower syncs before it
 * believes, so that what it calls final survives a power failure too. LEDGER_UNAVAILABLE when there is no journal yet.
 */
export async function openJournalFollower(path: string, onBlock: (block: Block) => void): Promise<JournalFollower> {
  let ledgerId: string | undefined
  const reader = createJournalReader({ genesis: (id) => { ledgerId = id }, block: onBlock })
  const file = await open(path, 'r').catch((error: unknown) => {
    throw new LedgerError('LEDGER_UNAVAILABLE', 'The journal could not be opened', { cause: safeCause(error) })
  })
  let running: Promise<void> | undefined

  async function readOn(): Promise<void> {
    if ((await file.stat()).size > reader.end) await file.datasync().catch(ignoreUnsupported)
    await reader.read(file)
  }

  function refresh(): Promise<void> {
    running ??= readOn().finally(() => { running = undefined })
    return running
  }

  try {
    await refresh()
    if (ledgerId === undefined) throw new LedgerError('LEDGER_UNAVAILABLE', 'The journal has no genesis yet')
  } catch (error) {
    await file.close()
    throw error
  }
  return {
    ledgerId,
    refresh,
    async close() {
      await running?.catch(() => undefined)
      await file.close()
    },
  }
}

/** Windows syncs only what was opened for writing; there the writer's own sync has to do. */
function ignoreUnsupported(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPERM' && error.code !== 'EINVAL' && error.code !== 'EBADF' && error.code !== 'EROFS') throw error
}
