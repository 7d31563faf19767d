import type { PublishedBySystems, PublishedKeys } from '@careledger/identity'
import { CREDENTIAL_MEDIA_TYPE, credentialBytes } from '@careledger/proof'
import { readRow } from '../../entries/rows.ts'
import { isLogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { writeAsSystem } from '../write-as-system.ts'
import { systemKeysTable, type SystemKeysRow } from './system-entries.ts'

/**
 * Systems' published keys: where each stands is said by its organisation in the log, and each key that signs in gets an entry, so that all else about it
 * (what it rests on, revoking it, the trail of what it did) is as with any key.
 */
export function createPublishedBySystems(parts: Parts, keys: PublishedKeys): PublishedBySystems {
  const rowOf = async (party: string): Promise<SystemKeysRow | undefined> => {
    const row = await parts.store.read((view) => view.projection(systemKeysTable, party)).catch((error: unknown) => {
      throw toLogicError(error)
    })
    return row === undefined ? undefined : (readRow(row) as unknown as SystemKeysRow)
  }
  return {
    async key(party, kid, now) {
      const row = await rowOf(party)
      return row?.url === undefined ? undefined : keys.find(row.url, kid, now)
    },
    async enrol(party, jwk) {
      const row = await rowOf(party)
      if (row?.url === undefined) return
      const payload = credentialBytes({ v: 1, party, kind: 'system', ...(row.organisation === undefined ? {} : { organisation: row.organisation }), roles: row.roles, key: jwk })
      await writeAsSystem(parts, 'key-published', CREDENTIAL_MEDIA_TYPE, payload, parts.now()).catch((error: unknown) => {
        // Another call, or another process, was first.
        if (!isLogicError(error, 'ENTRY_CONFLICT')) throw error
      })
    },
  }
}
