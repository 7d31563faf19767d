import type { ReadView } from '@careledger/data-spec'
import { subjectTable, type SubjectRow } from '../../entries/find-patient.ts'
import { readRow } from '../../entries/rows.ts'
import { isLogicError } from '../../logic-error.ts'
import { erasePatient } from '../../maintenance/erase-patient.ts'
import type { Parts } from '../../parts.ts'
import { gatewayOf } from '../rest/gateway.ts'
import { orderTable, type ErasureOrderRow } from './erasure-rows.ts'

/**
 * Carries out every order that has no certificate yet: at the start, by the clock, and after a crash. Two processes do no harm: the second
 * finds the certificate. Gives how many certificates it wrote.
 */
export async function runErasures(parts: Parts): Promise<number> {
  const open = await parts.store.read((view) => view.find({ table: orderTable, index: 'open', equals: 'yes', limit: 100 }))
  let done = 0
  for (const { key } of open.rows) if ((await runErasure(parts, key)) !== undefined) done++
  return done
}

/** Carries out one order; gives the certificate's entry, also where it stood before. `undefined`: there is no order, or a hold came first. */
export async function runErasure(parts: Parts, subject: string): Promise<string | undefined> {
  const { order, patient } = await parts.store.read((view) => orderOf(view, subject))
  if (order?.certificate !== undefined || order === undefined || patient === undefined) return order?.certificate
  const { custodian, proposal, approval, proposer, approver, request } = order
  if (parts.vaults.get(custodian) === undefined) return undefined
  const gateway = await gatewayOf(parts, custodian)
  const signs = gateway.author === undefined ? parts.system : { signer: gateway.signer, author: gateway.author }
  try {
    const outcome = await erasePatient(parts, {
      custodian, patient, subjects: [subject], signer: signs.signer, author: signs.author,
      order: { proposed: proposal, approved: approval, by: [proposer, approver], ...(request === undefined ? {} : { request }) },
    })
    return outcome.outcome === 'erased' ? outcome.entries[0]?.id : undefined
  } catch (error) {
    if (!isLogicError(error, 'NOT_ALLOWED') && !isLogicError(error, 'ENTRY_CONFLICT')) throw error
    const after = await parts.store.read((view) => orderOf(view, subject))
    if (after.order?.certificate === undefined) throw error
    return after.order.certificate
  }
}

async function orderOf(view: ReadView, subject: string): Promise<{ readonly order?: ErasureOrderRow | undefined; readonly patient?: string | undefined }> {
  const [order, row] = await Promise.all([view.projection(orderTable, subject), view.projection(subjectTable, subject)])
  return { order: order === undefined ? undefined : (readRow(order) as unknown as ErasureOrderRow), patient: row === undefined ? undefined : (readRow(row) as unknown as SubjectRow).patient }
}
