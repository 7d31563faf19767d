import { LedgerError } from '@careledger/ledger-spec'
import { effective, type Wrong } from './twin-ledger.ts'
import { itemsOf } from './twin-world.ts'

/** Ledgers whose optional parts are wrong, each named after the clause that it breaks. */
export const wrongParts: Readonly<Record<string, Wrong>> = {
  /** Tells an outsider whether an id exists. */
  'private-1': {
    ledger: (right, { world }) => ({
      ...right,
      async getMany(stream, ids, options) {
        const there = effective(itemsOf(world, stream))
        try {
          return await right.getMany(stream, ids, options)
        } catch (error) {
          if (!LedgerError.is(error, 'LEDGER_UNAUTHORISED') || ids.some((id) => there.has(id))) throw error
          return ids.map(() => undefined)
        }
      },
    }),
  },
  /** Takes a right away on paper. */
  'membership-1': {
    backend: (right) => ({ ...right, membership: right.membership && { ...right.membership, revoke: async () => undefined } }),
  },
  /** Forgets its evidence when it is opened again. */
  'evidence-1': {
    backend: (right, { world }) => {
      const opened = Date.now()
      return {
        ...right,
        evidence: right.evidence && {
          async evidence(stream, id) {
            const item = itemsOf(world, stream).find((each) => each.id === id)
            return item === undefined || item.at < opened ? undefined : await right.evidence?.evidence(stream, id)
          },
        },
      }
    },
  },
}
