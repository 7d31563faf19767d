import { normaliseSearchValue, type KeyVault } from '@careledger/identity'
import type { Hl7Message } from '@medplum/core'
import { openRow } from '../entries/rows.ts'
import { identifierToken } from '../fhir/search-tokens.ts'
import { compareTraits } from '../hospital/mpi/compare.ts'
import { foldFamily, foldName } from '../hospital/mpi/fold-name.ts'
import { patientTraits, type PatientTraits } from '../hospital/mpi/traits.ts'
import type { PatientRow } from '../hospital/tables.ts'
import type { Parts } from '../parts.ts'
import { currentRecords } from './current-records.ts'
import { readMessage } from './message.ts'
import { listParked, settleParked, type OpenParked } from './parked-messages.ts'
import { identifiersOf, toPatient } from './to-patient.ts'

/** What a parked message is known by to be about a patient. */
interface Marks {
  /** Keyed tokens of the identifiers that are the patient's own. */
  readonly tokens: ReadonlySet<string>
  readonly values: readonly string[]
  /** Out of the newest Patient resource; absent: there is none. */
  readonly traits?: PatientTraits | undefined
}

/** Shorter numbers, and shorter names, stand in too many messages by chance. */
const valueMin = 6

/**
 * Destroys the content of parked messages about a patient: by any identifier in PID-3 or MRG-1 that is theirs; where the message names nobody
 * else who is known here, by name, birth date, phone and address as the patient index compares them, and by the name alone where no birth date speaks
 * against it; and, of messages that cannot be read at all, by a number or the whole name of theirs standing somewhere in the bytes. They count as set
 * aside, so that a repeat is not taken for a new one.
 */
export async function eraseFromMessages(parts: Parts, vault: KeyVault, patient: string): Promise<void> {
  const marks = await marksOf(parts, vault, patient)
  if (marks.tokens.size === 0 && marks.values.length === 0 && marks.traits === undefined) return
  let after: string | undefined
  do {
    const page = await parts.store.read((view) => listParked(view, vault, { after, limit: 200 }))
    for (const message of page.items) if (await isAbout(parts, vault, message, marks)) await settleParked(parts, vault, message, { state: 'set-aside', reason: 'erased', problems: [] })
    after = page.next
  } while (after !== undefined)
}

async function marksOf(parts: Parts, vault: KeyVault, patient: string): Promise<Marks> {
  const { custodian } = vault
  if ((await vault.patient(patient)) === undefined) return { tokens: new Set(), values: [] }
  const numbers = await parts.store.read(async (view) => {
    const [row, own] = await Promise.all([view.projection('patient', patient), view.find({ table: 'patient-identifier', index: 'patient', equals: patient, limit: 1000 })])
    const opened = row === undefined ? undefined : ((await openRow(parts, row, { custodian, patient })) as unknown as PatientRow | undefined)
    return { tokens: new Set(own.rows.map(({ key }) => key)), values: (opened?.identifiers ?? []).map(({ value }) => normaliseSearchValue(value)).filter((value) => value.length >= valueMin) }
  })
  const { patient: current } = await currentRecords(parts, custodian, patient)
  return { ...numbers, ...(current === undefined ? {} : { traits: patientTraits(current.value) }) }
}

async function isAbout(parts: Parts, vault: KeyVault, { bytes }: OpenParked, marks: Marks): Promise<boolean> {
  let hl7: Hl7Message
  try {
    hl7 = readMessage(bytes, '+00:00').hl7
  } catch {
    return standsIn(bytes, marks)
  }
  const keys = await vault.organisation()
  const named = (['PID', 'MRG'] as const).flatMap((name) => {
    const segment = hl7.getSegment(name)
    return segment === undefined ? [] : identifiersOf(segment, `urn:hl7v2:${vault.custodian}`, name === 'PID' ? 3 : 1)
  }).flatMap(({ system, value }) => (value === undefined ? [] : [identifierToken(keys, { system, value })]))
  if (named.some((token) => marks.tokens.has(token))) return true
  const pid = hl7.getSegment('PID')
  if (pid === undefined || marks.traits === undefined) return false
  const others = await parts.store.read((view) => Promise.all(named.map((token) => view.projection('patient-identifier', token))))
  return others.every((row) => row === undefined) && isLike(patientTraits(toPatient(pid, [], undefined, '')), marks.traits)
}

/** The patient index would show the two to somebody, or the whole name is the same and nothing says that they are two. */
function isLike(one: PatientTraits, other: PatientTraits): boolean {
  const { outcome, reasons } = compareTraits(one, other)
  const same = (field: string): boolean => reasons.some((reason) => reason.field === field && reason.level === 'same')
  return outcome !== 'none' || (same('family') && same('given') && !reasons.some(({ field, level }) => (field === 'birthDate' || field === 'sex') && level === 'different'))
}

function standsIn(bytes: Uint8Array, { values, traits }: Marks): boolean {
  const texts = [Buffer.from(bytes).toString('latin1'), Buffer.from(bytes).toString('utf8')]
  const names = (traits?.names ?? []).flatMap(({ family, given }) => {
    const [last, first] = [foldName(family), foldName(given)]
    return last === '' || first === '' ? [] : [last, foldFamily(family)].flatMap((spelled) => [spelled + first, first + spelled])
  }).filter((name) => name.length >= valueMin)
  return texts.some((text) => values.some((value) => normaliseSearchValue(text).includes(value)) || (names.length > 0 && names.some((name) => foldName(text).includes(name))))
}
