import { createInMemoryLedger } from '@careledger/ledger-in-memory'
import type { Ledger } from '@careledger/ledger-spec'
import type { OpenedLedger } from './ledger-opening.ts'

/**
 * A journal for several processes of one instance: each follows it, and the first that asks `mayAppend` writes it until it ends. The
 * journal's lock dies with its process, so another one goes on at its next asking. Makes the journal when it is not there. Errors: those of
 * `createInMemoryLedger`.
 */
export async function shareJournal(path: string): Promise<OpenedLedger> {
  const openWriter = async (): Promise<Ledger | undefined> => {
    try {
      return await createInMemoryLedger({ settings: { journal: { path } } })
    } catch (error) {
      if ((error as { code?: unknown }).code === 'LEDGER_UNAVAILABLE') return undefined
      throw error
    }
  }
  // Only to have a journal that can be followed.
  await (await openWriter())?.close()
  const follower = await createInMemoryLedger({ settings: { journal: { path, readOnly: true } } })
  let writing: Promise<Ledger | undefined> | undefined
  let closed = false
  const mayAppend = async (): Promise<boolean> => {
    if (closed) return false
    writing ??= openWriter()
    const writer = await writing.catch((error: unknown) => {
      writing = undefined
      throw error
    })
    if (writer === undefined) writing = undefined
    return writer !== undefined
  }
  return {
    mayAppend,
    ledger: {
      ...follower,
      append: async (...append) => ((await writing) ?? follower).append(...append),
      async close() {
        closed = true
        await (await writing?.catch(() => undefined))?.close()
        await follower.close()
      },
    },
  }
}
