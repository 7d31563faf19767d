import type { Projection } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { isLogicError, LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { isStoreError, toLogicError } from '../../to-logic-error.ts'
import { partyNames } from '../party-names.ts'
import { ownPatients } from '../patients.ts'
import { openRequest, requestTable, sealRequest, type AskedTerms } from './request-row.ts'

export interface RequestItem {
  readonly id: string
  readonly patient: string
  readonly custodian: string
  readonly custodianName: string
  readonly asker: string
  readonly askerName: string
  readonly organisationName?: string | undefined
  readonly terms: AskedTerms
  readonly asked: string
  readonly ends: string
}

/** Most requests shown at a time, for each custodian. */
const shownMax = 50

/** Who asks the caller for access and waits for an answer, newest first. */
export async function listRequests(parts: Parts, actor: Actor): Promise<readonly RequestItem[]> {
  return parts.store.read(async (view) => {
    const now = parts.now().getTime()
    const found: (Omit<RequestItem, 'custodianName' | 'askerName' | 'organisationName'>)[] = []
    for (const { key: patient, indexes } of await ownPatients(view, actor.party)) {
      const custodian = indexes['custodian'] as string
      const keys = await parts.vaults.get(custodian)?.patient(patient)
      if (keys === undefined) continue
      const { rows } = await view.find({ table: requestTable, index: 'patient', equals: patient, limit: shownMax, newestFirst: true })
      for (const row of rows) {
        const { answer, asker, terms, asked, ends } = openRequest(keys, row)
        if (answer === undefined && Date.parse(ends) > now) found.push({ id: row.key, patient, custodian, asker, terms, asked, ends })
      }
    }
    const askers = await partyNames(view, found.map(({ asker }) => asker))
    const organisations = found.flatMap(({ asker }) => askers.record(asker)?.organisation ?? [])
    const places = await partyNames(view, [...organisations, ...found.map(({ custodian }) => custodian)])
    return found.sort((a, b) => (a.id < b.id ? 1 : -1)).map((item): RequestItem => {
      const organisation = askers.record(item.asker)?.organisation
      return { ...item, custodianName: places.of(item.custodian), askerName: askers.of(item.asker), ...(organisation === undefined ? {} : { organisationName: places.of(organisation) }) }
    })
  }).catch(rethrow)
}

/**
 * Keeps the answer with the request, which stays until it ends: were it taken away, whoever asks could count. Sharing itself is a consent that
 * the patient signs. Again the same answer changes nothing. Errors: NOT_ALLOWED for a request that is not the caller's.
 */
export async function answerRequest(parts: Parts, actor: Actor, { id, answer }: { readonly id: string; readonly answer: 'shared' | 'declined' }): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { row, custodian, patient } = await parts.store.read(async (view) => {
      const row = await view.projection(requestTable, id)
      const patient = row?.indexes['patient']
      const owner = patient === undefined ? undefined : await view.projection('patient', patient)
      if (row === undefined || patient === undefined || owner?.indexes['party'] !== actor.party) throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
      return { row, patient, custodian: owner.indexes['custodian'] as string }
    }).catch(rethrow)
    const keys = await parts.vaults.get(custodian)?.patient(patient)
    if (keys === undefined) throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
    const next = sealRequest(keys, id, { ...openRequest(keys, row), answer })
    try {
      await parts.store.write({ projections: [{ table: requestTable, key: id, expected: row.version, next, indexes: row.indexes }] })
      return
    } catch (error) {
      const known = toLogicError(error)
      if (!isLogicError(known, 'STALE') || attempt === 4) throw known
    }
  }
}

const dayMs = 86_400_000

/** Removes requests that ended within the last `daysBack` days (default 31), answered or not, and those that stood for nobody; gives how many. */
export async function sweepRequests(parts: Parts, daysBack = 31): Promise<number> {
  let swept = 0
  const now = parts.now().getTime()
  for (let back = 1; back <= daysBack; back++) {
    const day = new Date(now - back * dayMs).toISOString().slice(0, 10)
    for (;;) {
      const page = await parts.store.read((view) => view.find({ table: requestTable, index: 'ends', equals: day, limit: 500 })).catch(rethrow)
      if (page.rows.length === 0) break
      await parts.store.write({ projections: page.rows.map(({ table, key, version }: Projection) => ({ table, key, expected: version, next: null })) }).catch((error: unknown) => {
        // Another process sweeps too.
        if (!isStoreError(error, 'STORE_STALE')) throw toLogicError(error)
      })
      swept += page.rows.length
    }
  }
  return swept
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
