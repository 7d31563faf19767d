import type { ReadView } from '@careledger/data-spec'
import { sha256, subjectPseudonym, toBase64url, utf8 } from '@careledger/proof'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { personAt } from '../requests/ask.ts'
import { HOSPITAL } from '../tables.ts'

/** Whom an emergency is about: by handle, where one has it, or by whole number and birth date. */
export type Whom =
  | { readonly patient: string }
  | { readonly identifier: { readonly system?: string | undefined; readonly value: string }; readonly birthDate: string }

/** One subject to sign for; `patient` absent: nobody's. */
export interface WhomAt {
  readonly custodian: string
  readonly subject: string
  readonly patient?: string | undefined
}

/**
 * One subject for each custodian of this instance, somebody's or nobody's: nobody's is made from what was asked for with the custodian's own
 * key, so that asking again gives the same and nothing tells the two apart.
 */
export async function findSubjects(parts: Parts, view: ReadView, whom: Whom): Promise<readonly WhomAt[]> {
  const found: WhomAt[] = []
  for (const custodian of parts.vaults.keys()) {
    const vault = parts.vaults.get(custodian)
    const organisation = await vault?.organisation()
    if (vault === undefined || organisation === undefined) throw new LogicError('UNAVAILABLE', 'A vault cannot be reached.')
    const patient = 'patient' in whom ? await patientAt(view, custodian, whom.patient) : (await personAt(parts, view, custodian, whom)).patient
    const keys = patient === undefined ? undefined : await vault.patient(patient)
    const nobody = toBase64url(sha256(utf8(organisation.token('emergency-nobody', JSON.stringify(whom)))))
    const subject = keys === undefined ? nobody : subjectPseudonym(await keys.subjectSecret(HOSPITAL))
    found.push({ custodian, subject, ...(keys === undefined ? {} : { patient }) })
  }
  return found
}

async function patientAt(view: ReadView, custodian: string, handle: string): Promise<string | undefined> {
  const row = await view.projection('patient', handle)
  return row?.indexes['custodian'] === custodian ? handle : undefined
}
