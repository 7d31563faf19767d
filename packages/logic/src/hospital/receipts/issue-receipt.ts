import { randomUUID } from 'node:crypto'
import type { ReadView } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { fromUtf8, instantText, parseCanonical, parseEntry, parseProof, RECEIPT_FORMAT, receiptBytes, receiptDocument, receiptSigningInput, toBase64url, utf8 } from '@careledger/proof'
import { openEntry } from '../../entries/open-entry.ts'
import { LogicError } from '../../logic-error.ts'
import { buildProofIn } from '../../log/build-proof.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { enrolledSigner } from '../carry/issuing-key.ts'
import { cardKeyTable, type CardKeyRow } from '../carry/card-key-entries.ts'
import { openRow, readRow } from '../../entries/rows.ts'
import type { ActedBy, ConsentRow } from '../tables.ts'

/** A receipt and whether a ledger has what it rests on. */
export interface IssuedReceipt {
  /** Text of the receipt file (docs/consent-receipt.md). */
  readonly receipt: string
  /** Whether the proof in it names a checkpoint that a ledger holds; ask again later for one that does. */
  readonly anchored: boolean
}

/**
 * The receipt of one consent of the caller, or of its withdrawal, by the entry's id: signed by the custodian, with all that is needed to check it
 * without asking anybody. Asking again gives another credential that says the same. Errors: NOT_ALLOWED; UNAVAILABLE while the entry is in no
 * checkpoint yet, or the custodian has enrolled no issuing key.
 */
export function issueReceipt(parts: Parts, actor: Actor, id: string): Promise<IssuedReceipt> {
  return parts.store.read(async (view) => {
    const about = await findOwn(parts, view, actor, id)
    if (about === undefined) throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
    const signer = await enrolledSigner(parts, view, about.custodian)
    const enrolled = await view.projection(cardKeyTable, signer.key)
    const keyEntry = enrolled === undefined ? '' : (readRow(enrolled) as unknown as CardKeyRow).entry
    const [proof, consent, issuer, delegation] = await Promise.all([id, about.consent, keyEntry, ...(about.acting === undefined ? [] : [about.acting.delegation])].map((one) => buildProofIn(parts, view, one, { opening: true })))
    if (proof === undefined || consent === undefined || issuer === undefined) throw new LogicError('CORRUPTION', 'An entry of the receipt is missing.', { details: { id } })
    const file = parseProof(utf8(proof))
    const facts = { entry: file.entry, index: file.log.index, origin: file.log.origin, consent: about.consent, terms: parseCanonical(about.terms), acting: about.acting }
    const input = receiptSigningInput(signer.key, receiptDocument(facts, randomUUID(), instantText(parts.now())))
    const credential = `${input}.${toBase64url(signer.signSync(utf8(input)))}`
    const receipt = receiptBytes({ format: RECEIPT_FORMAT, credential, proof, issuer, ...(id === about.consent ? {} : { consent }), ...(delegation === undefined ? {} : { delegation }) })
    return { receipt: fromUtf8(receipt), anchored: file.anchors.length > 0 }
  }).catch((error: unknown) => {
    throw toLogicError(error)
  })
}

interface OwnEntry {
  readonly consent: string
  readonly custodian: string
  readonly terms: Uint8Array
  /** Who signed in the patient's stead. */
  readonly acting?: ActedBy | undefined
}

/** The consent behind an entry that is the caller's, as the patient or as who signed it in their stead; `undefined`: it is another's, or no consent. */
async function findOwn(parts: Parts, view: ReadView, actor: Actor, id: string): Promise<OwnEntry | undefined> {
  const stored = await view.entry(id)
  const entry = stored === undefined ? undefined : parseEntry(stored.canonical)
  const consent = entry?.type === 'consent-given' ? id : entry?.type === 'consent-withdrawn' ? entry.replaces : undefined
  // The same is asked whether or not there is such an entry.
  const [row, given] = await Promise.all([view.projection('consent', consent ?? ''), view.entry(consent ?? id)])
  const owner = await view.projection('patient', row?.indexes['patient'] ?? '')
  const own = owner?.indexes['party'] === actor.party || entry?.author.party === actor.party
  // What somebody passed on is no consent that a patient gave: there is no receipt of it.
  if (consent === undefined || given === undefined || entry === undefined || row === undefined || owner === undefined || !own || parseEntry(given.canonical).type !== 'consent-given') return undefined
  const opening = await openEntry(parts, given)
  const opened = (await openRow(parts, row, { custodian: entry.custodian, patient: owner.key })) as unknown as ConsentRow | undefined
  if (opening === undefined || opening === 'erased' || opened === undefined) return undefined
  return { consent, custodian: entry.custodian, terms: opening.payload, acting: entry.type === 'consent-given' ? opened.actedBy : opened.withdrawnActedBy }
}
