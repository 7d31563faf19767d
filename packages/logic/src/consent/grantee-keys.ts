import type { ReadView } from '@careledger/data-spec'
import { keyProblem, type KeyRecord } from '@careledger/identity'
import { readRow } from '../entries/rows.ts'

/**
 * Whether a party, or for an organisation one of its people or systems, has an ES256 key in force. Only P-256 keys can receive what is
 * sealed to them (ECDH-ES+A256KW); Ed25519 keys sign and nothing else.
 */
export async function canReceive(view: ReadView, grantee: string): Promise<boolean> {
  for (const index of ['party', 'organisation']) {
    let after: string | undefined
    do {
      const page = await view.find({ table: 'key', index, equals: grantee, after, limit: 200 })
      for (const row of page.rows) {
        if (await inForce(view, readRow(row) as unknown as KeyRecord)) return true
      }
      after = page.next
    } while (after !== undefined)
  }
  return false
}

async function inForce(view: ReadView, record: KeyRecord): Promise<boolean> {
  if (record.jwk.kty !== 'EC' || record.revokedBy !== undefined || record.retiredBy !== undefined) return false
  const issuers = record.issuers.length === 0 ? [] : await view.projections('key', record.issuers)
  return keyProblem(record, issuers.map((row) => (row === undefined ? undefined : (readRow(row) as unknown as KeyRecord)))) === undefined
}
