import type { Claim, ReadView } from '@careledger/data-spec'
import { subjectPseudonym } from '@careledger/proof'
import { readRow } from '../entries/rows.ts'
import { ownTokens } from '../fhir/search-tokens.ts'
import { decideIdentity } from '../hospital/mpi/decide-identity.ts'
import { IDENTITY_DECISION_MEDIA_TYPE, identityDecisionBytes } from '../hospital/mpi/decision-payload.ts'
import type { MergeRow } from '../hospital/mpi/merge-entries.ts'
import { knownPatient, writersVault } from '../hospital/prepare-import.ts'
import { HOSPITAL } from '../hospital/tables.ts'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { toLogicError } from '../to-logic-error.ts'
import { signDrafts, type AppliedMessage, type Hl7Interface } from './apply-message.ts'
import { malformed, type AdtMessage } from './message.ts'
import { identifiersOf } from './to-patient.ts'

/**
 * A40: the patient of MRG-1 is the one of PID-3. Becomes a `patient-merged` entry under the interface's key, which a clerk can undo; records and
 * commitments of both stay as they are. Errors: INPUT_MALFORMED `patient-unknown` (one of the two is not known here), `merge` (not one pair);
 * ENTRY_CONFLICT (merged into another already, said to be two people, linked to two who sign in; or the claim is taken).
 */
export async function applyMerge(parts: Parts, system: Hl7Interface, message: AdtMessage, claim: Claim): Promise<AppliedMessage> {
  const { custodian, vault } = writersVault(parts, system.actor)
  const [pids, merges] = [message.hl7.getAllSegments('PID'), message.hl7.getAllSegments('MRG')]
  const [pid, merge] = [pids[0], merges[0]]
  if (pid === undefined || merge === undefined || pids.length !== 1 || merges.length !== 1) throw malformed('merge', 'A merge names one patient and one that it takes in.')
  const organisation = await vault.organisation()
  const owner = (view: ReadView, segment: typeof pid, field: number): Promise<string | undefined> =>
    knownPatient(view, ownTokens(organisation, identifiersOf(segment, `urn:hl7v2:${custodian}`, field).map(({ system: of, value }) => ({ system: of, value: value ?? '' }))))
  const { patient, other, into } = await parts.store.read(async (view) => {
    const [found, taken] = await Promise.all([owner(view, pid, 3), owner(view, merge, 1)])
    const row = taken === undefined ? undefined : await view.projection('patient-merge', taken)
    return { patient: found, other: taken, into: row === undefined ? undefined : (readRow(row) as unknown as MergeRow).into }
  }).catch((error: unknown) => { throw toLogicError(error) })
  if (patient === undefined || other === undefined) throw malformed('patient-unknown', 'One of the two patients is not known here.')
  if (patient === other || into === patient) {
    await parts.store.write({ claims: [claim] }).catch((error: unknown) => { throw toLogicError(error) })
    return { entries: 0 }
  }
  const keys = await vault.patient(patient)
  if (keys === undefined) throw new LogicError('NOT_ALLOWED', 'There are no keys for this patient.')
  const place = { subject: subjectPseudonym(await keys.subjectSecret(HOSPITAL)), custodian }
  const [entry] = await signDrafts(parts, system, place, [{ type: 'patient-merged', mediaType: IDENTITY_DECISION_MEDIA_TYPE, payload: identityDecisionBytes({ patient, other }) }])
  if (entry === undefined) throw new LogicError('INPUT_MALFORMED', 'There is no entry.')
  await decideIdentity(parts, system.actor, { entry, claims: [claim] })
  return { entries: 1 }
}
