import type { ReadView } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import type { Purpose } from '../consent/consent-terms.ts'
import { groundsOf, type Permit } from '../decisions/authorize.ts'
import { decide, type Decided } from '../decisions/decide.ts'
import { buildProofIn } from '../log/build-proof.ts'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { readRoutes } from '../routes/routes.ts'
import { attachmentType, patientOfAttachment, reachAttachment } from './attachments/reach-attachment.ts'
import { patientOfRecord, permittedRecord } from './permitted-records.ts'

interface ProofQuery {
  readonly operation: string
  readonly purpose: Purpose
  readonly recordAnchor: boolean
  /** Which record it is; `undefined`: none. */
  readonly find: (view: ReadView) => Promise<string | undefined>
}

/** The proof file of a record with its opening (docs/proof-format.md), or of an attachment, whose opening holds its SHA-256. Errors: NOT_ALLOWED; UNAVAILABLE while it is not in a checkpoint. */
export function readRecordProof(parts: Parts, actor: Actor, query: { readonly id: string; readonly purpose: Purpose; readonly recordAnchor: boolean }): Promise<Decided<string>> {
  return readProof(parts, actor, { operation: 'hospital.records.proof', purpose: query.purpose, recordAnchor: query.recordAnchor, find: async () => query.id })
}

/**
 * The proof file of the record behind a ledger record that a grantee found by direct query; it names that ledger record. `ledger`: the
 * ledger's id, or its name on this instance. Errors: as `readRecordProof`; NOT_ALLOWED also for a ledger or record that is not known here.
 */
export function readProofByLedgerId(parts: Parts, actor: Actor, query: { readonly ledger: string; readonly recordId: string; readonly purpose: Purpose }): Promise<Decided<string>> {
  const find = async (view: ReadView): Promise<string | undefined> => {
    const { ledgers } = await readRoutes(parts, view)
    const target = Object.keys(ledgers).find((name) => name === query.ledger || ledgers[name]?.ledgerId === query.ledger)
    return target === undefined ? undefined : (await view.outboxByRecord(target, query.recordId))?.item
  }
  return readProof(parts, actor, { operation: 'hospital.records.readByLedgerId', purpose: query.purpose, recordAnchor: true, find })
}

/** Decision and proof come from one snapshot. */
function readProof(parts: Parts, actor: Actor, { operation, purpose, recordAnchor, find }: ProofQuery): Promise<Decided<string>> {
  const patient = async (view: ReadView): Promise<string | undefined> => {
    const id = await find(view)
    if (id === undefined) return undefined
    const [record, attachment] = await Promise.all([patientOfRecord(id)(view), patientOfAttachment(id)(view)])
    return record ?? attachment
  }
  return decide(parts, { actor, operation, purpose, patient }, async (permit) => {
    const { view } = groundsOf(permit)
    const id = await find(view)
    if (id === undefined) return undefined
    const found = (await permittedRecord(permit, id)) ?? (await permittedAttachment(parts, permit, id))
    if (found === undefined) return undefined
    const proof = await buildProofIn(parts, view, id, { opening: true, recordAnchor, supersededBy: found.row.replacedBy })
    if (proof === undefined) throw new LogicError('CORRUPTION', 'The record has no entry.', { details: { id } })
    return { value: proof, types: { [found.row.type]: 1 }, consent: found.consent, entry: id }
  })
}

/** An attachment as what a proof needs of a record: it counts as its type, and nothing replaces it. */
async function permittedAttachment(parts: Parts, permit: Permit, id: string) {
  const reached = await reachAttachment(parts, permit, { id })
  return reached === undefined ? undefined : { row: { type: attachmentType, replacedBy: undefined }, consent: reached.consent }
}
