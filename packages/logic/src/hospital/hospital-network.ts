import type { ReadView } from '@careledger/data-spec'
import { consentEnded, consentGiven, consentWithdrawn } from '../consent/consent-entries.ts'
import type { NetworkDefinition } from '../entries/network-definition.ts'
import { attachmentCreated } from './attachments/attachment-created.ts'
import { patientLinked, patientRegistered, subjectErased } from './patient-entries.ts'
import { recordCreated } from './record-created.ts'
import { HOSPITAL, hospitalTables } from './tables.ts'

/** The hospital network: patients, their records, and their consents. */
export const hospitalNetwork: NetworkDefinition = {
  name: HOSPITAL,
  tables: hospitalTables,
  types: {
    'patient-registered': patientRegistered,
    'patient-linked': patientLinked,
    'record-created': recordCreated,
    'attachment-created': attachmentCreated,
    'consent-given': consentGiven,
    'consent-withdrawn': consentWithdrawn,
    'consent-ended': consentEnded,
    'subject-erased': subjectErased,
  },
  async *personalRows({ view, patient }) {
    yield* [{ table: 'patient', key: patient }, { table: 'policy', key: patient }]
    for (const table of ['record', 'attachment', 'consent', 'share', 'patient-token', 'patient-identifier'] as const) yield* rowsOf(view, table, patient)
  },
}

async function* rowsOf(view: ReadView, table: string, patient: string): AsyncGenerator<{ readonly table: string; readonly key: string }> {
  let after: string | undefined
  do {
    const page = await view.find({ table, index: 'patient', equals: patient, after, limit: 1000 })
    for (const { key } of page.rows) yield { table, key }
    after = page.next
  } while (after !== undefined)
}
