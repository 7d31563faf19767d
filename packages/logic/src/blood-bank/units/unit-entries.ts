import type { KeyRecord } from '@careledger/identity'
import { slotId } from '@careledger/proof'
import type { BiologicallyDerivedProduct } from '@medplum/fhirtypes'
import type { EntryType, ProjectContext, RowChange, RowValue } from '../../entries/network-definition.ts'
import { FHIR_MEDIA_TYPE } from '../../hospital/payloads.ts'
import { parseResource } from '../../hospital/record-created.ts'
import { LogicError } from '../../logic-error.ts'
import { countStep, emptyStock, stockKeysOf, type StockRow } from '../stock/stock-rows.ts'
import { readUnit, unitKey, type UnitFacts } from './unit-facts.ts'
import { takeStep, type StepRefusal, type UnitStepName } from './unit-life.ts'
import { parseUnitStep, UNIT_STEP_MEDIA_TYPE } from './unit-payloads.ts'
import { unitChange, type UnitRow } from './unit-rows.ts'

/** Name of the network, and of its stream on ledgers. */
export const BLOOD_BANK = 'blood-bank'

const writers: readonly string[] = ['blood-technician', 'system']

/** Who writes the steps of the units that a custodian holds: its blood bank's technicians and systems. */
export function keepsStock(author: Pick<KeyRecord, 'organisation' | 'roles'>, custodian: string): boolean {
  return author.organisation === custodian && author.roles.some((role) => writers.includes(role))
}

/**
 * The id that the `n`th entry of a unit's life must have, 0 for its collection: the same for whoever writes it, so that of two who take the same step
 * only one is stored and only one becomes final on any ledger. `keeper` holds the network's slot key: the platform.
 */
export async function unitSlot(context: Pick<ProjectContext, 'organisation'>, keeper: string, unit: Pick<UnitFacts, 'din' | 'product'>, n: number): Promise<string> {
  return slotId((await context.organisation(keeper)).slotKey(BLOOD_BANK), { network: BLOOD_BANK, kind: 'unit', thing: unitKey(unit), n })
}

/** `unit-collected`: a unit begins, its payload a FHIR R4 BiologicallyDerivedProduct (`readUnit`), exactly as received. */
export function unitCollected(keeper: string): EntryType {
  return {
    payload: 'required',
    mediaTypes: [FHIR_MEDIA_TYPE],
    subject: false,
    async project(context, { entry, opening, author }) {
      if (!keepsStock(author, entry.custodian)) throw notTheirs(entry.id)
      const read = readUnit(parseResource(opening?.payload ?? new Uint8Array(), entry.id).value as BiologicallyDerivedProduct)
      if ('problems' in read) throw new LogicError('INPUT_MALFORMED', 'The resource does not describe a unit.', { details: { id: entry.id, problems: read.problems } })
      await assertSlot(context, keeper, read.unit, 0, entry.id)
      const row: UnitRow = { ...read.unit, state: 'collected', bank: entry.custodian, steps: 1, entry: entry.id, signer: author.party, asOf: entry.issuedAt }
      return [unitChange(row, { insert: true }), ...(await stockChanges(context, undefined, row))]
    },
  }
}

/** Every later step of a unit's life. `project` takes it in the order of the log; a step that another one came before is refused with STALE. */
export function unitStep(keeper: string, step: UnitStepName): EntryType {
  return {
    payload: 'required',
    mediaTypes: [UNIT_STEP_MEDIA_TYPE],
    subject: false,
    async project(context, { entry, opening, author }) {
      if (!keepsStock(author, entry.custodian)) throw notTheirs(entry.id)
      const { din, product, n, what } = parseUnitStep(opening?.payload)
      if (what.step !== step) throw new LogicError('INPUT_MALFORMED', 'The entry\'s type and its payload name different steps.', { details: { id: entry.id, path: 'what.step' } })
      await assertSlot(context, keeper, { din, product }, n, entry.id)
      const before = (await context.row('unit', unitKey({ din, product }))) as unknown as UnitRow | undefined
      if (before === undefined) throw refusal('unknown-unit', entry.id)
      if (before.steps !== n) throw new LogicError('STALE', 'Another step of this unit came first. Look where it stands now.', { details: { id: entry.id, steps: before.steps } })
      const place = takeStep(before, what, { by: entry.custodian, at: entry.issuedAt })
      if ('refused' in place) throw refusal(place.refused, entry.id)
      const { to: _to, request: _request, ...facts } = before
      const after: UnitRow = { ...facts, ...place, steps: n + 1, entry: entry.id, signer: author.party, asOf: entry.issuedAt }
      return [unitChange(after), ...(await stockChanges(context, before, after))]
    },
  }
}

async function stockChanges(context: ProjectContext, before: UnitRow | undefined, after: UnitRow): Promise<readonly RowChange[]> {
  return Promise.all(stockKeysOf(before, after).map(async (key) => {
    const row = ((await context.row('blood-stock', key)) ?? emptyStock(key)) as unknown as StockRow
    const next = countStep(row, key, before, after)
    return { table: 'blood-stock', key, value: next as unknown as RowValue, indexes: { bank: next.bank, all: BLOOD_BANK } }
  }))
}

async function assertSlot(context: ProjectContext, keeper: string, unit: Pick<UnitFacts, 'din' | 'product'>, n: number, id: string): Promise<void> {
  if ((await unitSlot(context, keeper, unit, n)) !== id) throw new LogicError('INPUT_MALFORMED', 'The id of a unit\'s step is its slot id.', { details: { id, problems: [{ path: 'id', code: 'slot', message: 'The id of a unit\'s step is its slot id.' }] } })
}

const words: Readonly<Record<StepRefusal | 'unknown-unit', string>> = {
  'unknown-unit': 'There is no such unit. Look at its donation number and product code again.',
  'wrong-state': 'The unit does not stand where this step leads from. Look where it stands now.',
  'not-the-holder': 'The unit is not with this bank.',
  expired: 'The unit has expired. It can be discarded.',
  'other-request': 'The unit is reserved for another request.',
  'to-itself': 'A unit is dispatched to another bank.',
}

function refusal(code: StepRefusal | 'unknown-unit', id: string): LogicError {
  return new LogicError(code === 'not-the-holder' ? 'NOT_ALLOWED' : 'INPUT_MALFORMED', words[code], { details: { id, problems: [{ path: 'what', code, message: words[code] }] } })
}

function notTheirs(id: string): LogicError {
  return new LogicError('NOT_ALLOWED', 'Units are written by the blood bank\'s own technicians and systems.', { details: { id } })
}
