import type { Guard, ReadView } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { instantText, type Entry } from '@careledger/proof'
import type { Purpose } from '../../consent/consent-terms.ts'
import { record } from '../../decisions/decide.ts'
import { newDecision, toStoredDecision, type DecisionRecord } from '../../decisions/decision-record.ts'
import { acceptEntries } from '../../entries/accept-entries.ts'
import { subjectTable, type SubjectRow } from '../../entries/find-patient.ts'
import { readEntryOf } from '../../entries/read-entry-of.ts'
import { openRow, readRow } from '../../entries/rows.ts'
import type { EntryReceipt, SignedEntry } from '../../entries/signed-entry.ts'
import { isLogicError, LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { partyNames } from '../party-names.ts'
import { HOSPITAL } from '../tables.ts'
import { checkEnd } from './emergency-entries.ts'
import { EMERGENCY_MS, parseEmergency, reviews, type EmergencyRow } from './emergency-row.ts'
import { findSubjects, type Whom } from './find-subjects.ts'

export interface EmergencyWrite {
  readonly wait?: 'stored' | 'sequenced' | 'anchored' | undefined
  readonly signal?: AbortSignal | undefined
}

const purpose: Purpose = 'treatment'
const nothingHere = (): LogicError => new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')

/**
 * What a doctor signs to open an emergency access: one subject for each custodian of this instance, whether or not the person has a record
 * there, and the latest end. The patient sees that it was asked for. Errors: NOT_ALLOWED for anybody but doctors, whoever is asked for.
 */
export async function prepareEmergency(parts: Parts, actor: Actor, whom: Whom): Promise<{ readonly subjects: readonly { readonly custodian: string; readonly custodianName: string; readonly subject: string }[]; readonly until: string }> {
  checkDoctor(actor)
  const operation = 'hospital.emergency.prepare'
  const { found, names } = await parts.store.read(async (view) => ({ found: await findSubjects(parts, view, whom), names: await partyNames(view, [...parts.vaults.keys()]) })).catch(rethrow)
  await record(parts, found.map(({ patient }) => newDecision({ actor, operation, purpose, rule: 'none', about: patient }, parts.now())), [])
  return { subjects: found.map(({ custodian, subject }) => ({ custodian, custodianName: names.of(custodian), subject })), until: instantText(new Date(parts.now().getTime() + EMERGENCY_MS)) }
}

export interface OpenedEmergency {
  /** Id of the entry. */
  readonly id: string
  readonly patient: string
  readonly custodian: string
  readonly until: string
}

/**
 * Takes `emergency-opened` entries signed by the doctor, one for each subject of `prepareEmergency`; those of nobody are passed over. Entries,
 * reviews and decisions are one Write, so access begins when the patient can see it and not before. Errors: NOT_ALLOWED (nobody of them has
 * a record here; not a doctor), INPUT_MALFORMED with `problems`, and those of `acceptEntries`.
 */
export async function openEmergency(parts: Parts, actor: Actor, signed: readonly SignedEntry[], write: EmergencyWrite = {}): Promise<readonly OpenedEmergency[]> {
  checkDoctor(actor)
  const operation = 'hospital.emergency.open'
  const asked = signed.map((one) => {
    const entry = readEntryOf(one, HOSPITAL, ['emergency-opened'])
    const payload = parseEmergency(one.opening?.payload)
    checkEnd(payload, parts.now())
    return { signed: one, entry, until: payload.until }
  })
  const patients = await parts.store.read((view) => Promise.all(asked.map(({ entry }) => patientOf(view, entry)))).catch(rethrow)
  const real = asked.flatMap((one, place) => (patients[place] === undefined ? [] : [{ ...one, patient: patients[place] }]))
  if (real.length === 0) {
    await record(parts, [newDecision({ actor, operation, purpose, rule: 'none' }, parts.now())], [])
    throw nothingHere()
  }
  const decisions = real.map(({ entry, patient, until }) => toStoredDecision(newDecision({ actor, operation, purpose, rule: 'emergency', about: patient, consent: emergencyAsConsent(entry.id, until), entry: entry.id }, parts.now())))
  await acceptEntries(parts, real.map((one) => one.signed), { actor, decisions, wait: write.wait, signal: write.signal })
  return real.map(({ entry, patient, until }) => ({ id: entry.id, patient, custodian: entry.custodian, until }))
}

/** Takes an `emergency-ended` entry of who opened it or of the patient. Errors: NOT_ALLOWED, INPUT_MALFORMED, those of `acceptEntries`. */
export function endEmergency(parts: Parts, actor: Actor, entry: SignedEntry, write: EmergencyWrite = {}): Promise<EntryReceipt> {
  return writeAbout(parts, actor, entry, write, { type: 'emergency-ended', operation: 'hospital.emergency.end' }, (row, own) => (own ? 'self' : row.party === actor.party ? 'emergency' : undefined))
}

/** Takes an `emergency-reviewed` entry of the custodian's privacy officer. Errors: as `endEmergency`. */
export function reviewEmergency(parts: Parts, actor: Actor, entry: SignedEntry, write: EmergencyWrite = {}): Promise<EntryReceipt> {
  return writeAbout(parts, actor, entry, write, { type: 'emergency-reviewed', operation: 'hospital.emergency.review' }, (row, _own, custodian) => (reviews(actor, custodian, row) ? 'review' : undefined))
}

type Rule = DecisionRecord['rule']
const attemptsMax = 4

/** Decision and entry in one Write. */
async function writeAbout(parts: Parts, actor: Actor, signed: SignedEntry, write: EmergencyWrite, what: { readonly type: string; readonly operation: string }, ruleOf: (row: EmergencyRow, own: boolean, custodian: string) => Rule | undefined): Promise<EntryReceipt> {
  const entry = readEntryOf(signed, HOSPITAL, [what.type])
  for (let attempt = 1; ; attempt++) {
    const found = await parts.store.read((view) => findRow(parts, view, entry, actor)).catch(rethrow)
    const rule = found.row === undefined ? undefined : ruleOf(found.row, found.own, entry.custodian)
    const decision = newDecision({ actor, operation: what.operation, purpose, rule: rule ?? 'none', about: found.patient, ...(rule === undefined ? {} : { entry: entry.replaces }) }, parts.now())
    if (rule === undefined) {
      await record(parts, [decision], [])
      throw nothingHere()
    }
    try {
      const [receipt] = await acceptEntries(parts, [signed], { actor, guards: found.guards, decisions: [toStoredDecision(decision)], wait: write.wait, signal: write.signal })
      return receipt as EntryReceipt
    } catch (error) {
      if (!isLogicError(error, 'STALE') || attempt === attemptsMax) throw error
    }
  }
}

async function findRow(parts: Parts, view: ReadView, entry: Entry, actor: Actor): Promise<{ readonly patient?: string | undefined; readonly row?: EmergencyRow | undefined; readonly own: boolean; readonly guards: readonly Guard[] }> {
  const patient = await patientOf(view, entry)
  const [patientRow, projection] = await Promise.all([view.projection('patient', patient ?? ''), view.projection('emergency', entry.replaces ?? '')])
  if (patient === undefined || patientRow === undefined || projection?.indexes['patient'] !== patient) return { patient, own: false, guards: [] }
  const row = (await openRow(parts, projection, { custodian: entry.custodian, patient })) as unknown as EmergencyRow | undefined
  return { patient, row, own: patientRow.indexes['party'] === actor.party, guards: [{ table: 'patient', key: patient, version: patientRow.version }] }
}

/** The patient behind an entry's subject at its custodian; `undefined`: nobody's, or erased. */
async function patientOf(view: ReadView, { subject, custodian }: Entry): Promise<string | undefined> {
  const row = await view.projection(subjectTable, subject ?? '')
  const found = row === undefined ? undefined : (readRow(row) as unknown as SubjectRow)
  return found?.custodian === custodian ? found.patient : undefined
}

function emergencyAsConsent(id: string, expires: string) {
  return { id, terms: { expires } } as const
}

function checkDoctor(actor: Actor): void {
  if (actor.kind !== 'person' || actor.organisation === undefined || !actor.roles.includes('doctor')) throw nothingHere()
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
