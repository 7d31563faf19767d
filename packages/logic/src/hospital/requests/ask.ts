import { randomUUID } from 'node:crypto'
import type { ProjectionWrite, ReadView } from '@careledger/data-spec'
import type { Actor, DataKeys } from '@careledger/identity'
import { instantText, newEntryId } from '@careledger/proof'
import { newDecision, toStoredDecision } from '../../decisions/decision-record.ts'
import { openRow } from '../../entries/rows.ts'
import { identifierToken, identifierValueToken } from '../../fhir/search-tokens.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import type { PatientRow } from '../tables.ts'
import { requestMs, requestTable, sealRequest, type AskedTerms, type RequestRow } from './request-row.ts'

export interface Asking extends AskedTerms {
  /** The whole number, and whose it is where that is known. */
  readonly identifier: { readonly system?: string | undefined; readonly value: string }
  readonly birthDate: string
}

/** Askings of one party that may be under way. */
export const askingsMax = 50
/** Most patients looked at for one number at one custodian; more than one that fits is nobody. */
const namesakesMax = 10

/**
 * Asks a patient for access, by full number and birth date. The answer says when the request ends and nothing else: if such a person has a
 * record at a custodian of this instance, they see it now. Whether there is one changes neither the answer nor what is written: for each
 * custodian one row of one length and one decision, of the patient's or of nobody's, all in one Write.
 * Errors: NOT_ALLOWED for callers of no organisation, BUSY with 50 askings under way; neither depends on the patient.
 */
export async function askForAccess(parts: Parts, actor: Actor, asking: Asking): Promise<{ readonly ends: string }> {
  if (actor.organisation === undefined) throw new LogicError('NOT_ALLOWED', 'Only people and systems of an organisation ask for access.')
  const now = parts.now()
  const { purpose, types, from, days, direct } = asking
  const ends = instantText(new Date(now.getTime() + requestMs))
  const row: RequestRow = { asker: actor.party, asked: instantText(now), ends, terms: { purpose, days, direct, ...(types === undefined ? {} : { types }), ...(from === undefined ? {} : { from }) } }
  const written = await parts.store.read(async (view) => {
    const underWay = await view.find({ table: requestTable, index: 'asker', equals: actor.party, limit: askingsMax })
    if (underWay.rows.length >= askingsMax) throw new LogicError('BUSY', 'You have many requests under way. Wait until some have ended.')
    const rows: ProjectionWrite[] = []
    const decisions = []
    for (const custodian of parts.vaults.keys()) {
      const { patient, keys } = await personAt(parts, view, custodian, asking)
      const key = newEntryId(now)
      const indexes = { patient: patient ?? randomUUID(), ends: ends.slice(0, 10), ...(rows.length === 0 ? { asker: actor.party } : {}) }
      rows.push({ table: requestTable, key, next: sealRequest(keys, key, row), indexes })
      decisions.push(toStoredDecision(newDecision({ actor, operation: 'hospital.requests.ask', purpose, rule: 'none', about: patient }, now)))
    }
    return { projections: rows, decisions }
  }).catch(rethrow)
  await parts.store.write(written).catch(rethrow)
  return { ends }
}

/** The one patient of the custodian with this number and birth date, and the keys to seal with; nobody's row is sealed by the organisation. */
export async function personAt(parts: Parts, view: ReadView, custodian: string, { identifier, birthDate }: Pick<Asking, 'identifier' | 'birthDate'>): Promise<{ readonly patient?: string | undefined; readonly keys: Pick<DataKeys, 'seal'> }> {
  const vault = parts.vaults.get(custodian)
  const keys = await vault?.organisation()
  if (vault === undefined || keys === undefined) throw new LogicError('UNAVAILABLE', 'A vault cannot be reached.')
  const token = identifier.system === undefined ? identifierValueToken(keys, identifier.value) : identifierToken(keys, identifier)
  const { rows } = await view.find({ table: 'patient-token', index: 'token', equals: token, limit: namesakesMax })
  const fitting: string[] = []
  for (const { key } of rows) {
    const patient = key.slice(token.length + 1)
    const found = await view.projection('patient', patient)
    const opened = found === undefined ? undefined : ((await openRow(parts, found, { custodian, patient })) as unknown as PatientRow | undefined)
    if (opened?.banner?.birthDate === birthDate) fitting.push(patient)
  }
  const [only] = fitting
  const own = fitting.length === 1 && only !== undefined ? await vault.patient(only) : undefined
  return own === undefined ? { keys } : { patient: only, keys: own }
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
