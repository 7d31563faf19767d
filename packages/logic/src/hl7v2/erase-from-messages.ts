import { normaliseSearchValue, type KeyVault } from '@careledger/identity'
import { openRow } from '../entries/rows.ts'
import { identifierToken } from '../fhir/search-tokens.ts'
import type { PatientRow } from '../hospital/tables.ts'
import type { Parts } from '../parts.ts'
import { readMessage } from './message.ts'
import { listParked, settleParked, type OpenParked } from './parked-messages.ts'
import { identifiersOf } from './to-patient.ts'

interface Numbers {
  /** Keyed tokens of the identifiers that are the patient's own. */
  readonly tokens: ReadonlySet<string>
  readonly values: readonly string[]
}

/** Shorter numbers stand in too many messages by chance. */
const valueMin = 6

/**
 * Destroys the content of parked messages about a patient: by any identifier in PID-3 or MRG-1 that is theirs, and, of messages that cannot be read at
 * all, by a number of theirs standing somewhere in the bytes. They count as set aside, so that a repeat is not taken for a new one.
 */
export async function eraseFromMessages(parts: Parts, vault: KeyVault, patient: string): Promise<void> {
  const numbers = await numbersOf(parts, vault, patient)
  if (numbers.tokens.size === 0 && numbers.values.length === 0) return
  let after: string | undefined
  do {
    const page = await parts.store.read((view) => listParked(view, vault, { after, limit: 200 }))
    for (const message of page.items) if (await isAbout(vault, message, numbers)) await settleParked(parts, vault, message, { state: 'set-aside', reason: 'erased', problems: [] })
    after = page.next
  } while (after !== undefined)
}

async function numbersOf(parts: Parts, vault: KeyVault, patient: string): Promise<Numbers> {
  return parts.store.read(async (view) => {
    const [row, own] = await Promise.all([view.projection('patient', patient), view.find({ table: 'patient-identifier', index: 'patient', equals: patient, limit: 1000 })])
    const opened = row === undefined ? undefined : ((await openRow(parts, row, { custodian: vault.custodian, patient })) as unknown as PatientRow | undefined)
    return { tokens: new Set(own.rows.map(({ key }) => key)), values: (opened?.identifiers ?? []).map(({ value }) => normaliseSearchValue(value)).filter((value) => value.length >= valueMin) }
  })
}

async function isAbout(vault: KeyVault, { bytes }: OpenParked, { tokens, values }: Numbers): Promise<boolean> {
  const keys = await vault.organisation()
  try {
    const { hl7 } = readMessage(bytes, '+00:00')
    return (['PID', 'MRG'] as const).some((name) => {
      const segment = hl7.getSegment(name)
      const found = segment === undefined ? [] : identifiersOf(segment, `urn:hl7v2:${vault.custodian}`, name === 'PID' ? 3 : 1)
      return found.some(({ system, value }) => value !== undefined && tokens.has(identifierToken(keys, { system, value })))
    })
  } catch {
    const text = normaliseSearchValue(Buffer.from(bytes).toString('latin1'))
    return values.some((value) => text.includes(value))
  }
}
