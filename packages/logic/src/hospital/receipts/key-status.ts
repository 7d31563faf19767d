import { fromUtf8, instantText, KEY_STATUS_FORMAT, keyStatusBytes } from '@careledger/proof'
import { readRow } from '../../entries/rows.ts'
import { isLogicError } from '../../logic-error.ts'
import { buildProofIn } from '../../log/build-proof.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { cardKeyTable, type CardKeyRow } from '../carry/card-key-entries.ts'

/** Most keys of one custodian that are looked at. */
const keysMax = 100

/**
 * What a custodian did with its issuing keys, each step with its proof (docs/consent-receipt.md, "Key status"): a file for whoever checks receipts. Public
 * facts only. What no checkpoint holds yet is left out; of a custodian that is not held here the file says nothing.
 */
export function readKeyStatus(parts: Parts, custodian: string): Promise<{ readonly status: string }> {
  return parts.store.read(async (view) => {
    const { rows } = parts.vaults.get(custodian) !== undefined ? await view.find({ table: cardKeyTable, index: 'custodian', equals: custodian, limit: keysMax }) : { rows: [] }
    const keys = rows.map((row) => readRow(row) as unknown as CardKeyRow)
    const ids = keys.flatMap(({ entry, revoked }) => (revoked === undefined ? [entry] : [entry, revoked.entry]))
    const proofs = await Promise.all(ids.map((id) => buildProofIn(parts, view, id, { opening: true }).catch(notYet)))
    return { status: fromUtf8(keyStatusBytes({ format: KEY_STATUS_FORMAT, custodian, at: instantText(parts.now()), entries: proofs.filter((proof) => proof !== undefined) })) }
  }).catch((error: unknown) => {
    throw toLogicError(error)
  })
}

function notYet(error: unknown): undefined {
  if (isLogicError(error, 'UNAVAILABLE')) return undefined
  throw error
}
