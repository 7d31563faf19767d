import { fromUtf8 } from '@careledger/proof'
import type { EntryType, NetworkDefinition, RowValue } from '../entries/network-definition.ts'
import type { SubjectRow } from '../entries/find-patient.ts'
import { LogicError } from '../logic-error.ts'

/** A network as small as one can be, with every kind of row: plain and sealed, written once and changed, of a patient and of the ward. */
const registered: EntryType = {
  payload: 'required', subject: true,
  introduces: ({ opening }) => payloadOf(opening).patient as string,
  async project(_context, { entry, patient }) {
    const row = { patient: patient as string, custodian: entry.custodian, network: entry.network, epoch: 0 }
    return [{ table: 'subject', key: entry.subject as string, value: row, indexes: { patient: row.patient }, insert: true }]
  },
}

const noted: EntryType = {
  payload: 'required', subject: true,
  async project(context, { entry, opening, patient }) {
    const sealedFor = { custodian: entry.custodian, patient: patient as string }
    const keys = await context.patient(sealedFor)
    return [
      { table: 'note', key: entry.id, value: { text: Buffer.from((opening as { payload: Uint8Array }).payload.subarray(0, 100)).toString('latin1'), at: entry.issuedAt }, sealedFor, insert: true, indexes: { patient: keys.token('all', 'note') } },
    ]
  },
}

const epochRaised: EntryType = {
  payload: 'none', subject: true,
  async project(context, { entry }) {
    const row = (await context.row('subject', entry.subject as string)) as unknown as SubjectRow
    return [{ table: 'subject', key: entry.subject as string, value: { ...row, epoch: row.epoch + 1 }, indexes: { patient: row.patient as string } }]
  },
}

const erased: EntryType = {
  payload: 'required', subject: true, sealUnder: 'organisation',
  async project(_context, { entry }) {
    return [{ table: 'subject', key: entry.subject as string, value: { custodian: entry.custodian, network: entry.network, epoch: 0, erased: entry.id } }]
  },
}

const stocked: EntryType = {
  payload: 'optional', subject: false,
  async project(context, { entry, opening }) {
    const item = opening === undefined ? 'nothing' : (payloadOf(opening).item as string)
    if (item === 'refused') throw new LogicError('NOT_ALLOWED', 'The ward refuses this.', { details: { id: entry.id } })
    const count = ((await context.row('stock', item)) as number | undefined) ?? 0
    return item === 'gone' ? [{ table: 'stock', key: 'gone', value: null }] : [{ table: 'stock', key: item, value: count + 1 }]
  },
}

export const wardNetwork: NetworkDefinition = {
  name: 'ward',
  types: { 'patient-registered': registered, 'note-written': noted, 'epoch-raised': epochRaised, 'subject-erased': erased, 'item-stocked': stocked },
  tables: { subject: { readBack: true }, note: { readBack: false }, stock: { readBack: true } },
  async *personalRows({ view, vault, patient }) {
    const keys = await vault.patient(patient)
    if (keys === undefined) return
    for (let after: string | undefined; ; ) {
      const page = await view.find({ table: 'note', index: 'patient', equals: keys.token('all', 'note'), after, limit: 100 })
      for (const row of page.rows) yield { table: 'note', key: row.key }
      if (page.next === undefined) return
      after = page.next
    }
  },
}

function payloadOf(opening: { readonly payload: Uint8Array } | undefined): Readonly<Record<string, RowValue>> {
  if (opening === undefined) throw new LogicError('INPUT_MALFORMED', 'A payload is missing.')
  return JSON.parse(fromUtf8(opening.payload)) as Readonly<Record<string, RowValue>>
}
