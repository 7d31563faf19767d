import type { RowChange, RowValue } from '../../entries/network-definition.ts'
import type { ErasureRefused } from './erasure-payloads.ts'

/** Row `erasure-case`, sealed; key = PatientId; indexes `custodian`, `patient`. What was asked and proposed; it goes with the patient. */
export interface ErasureCase {
  readonly request?: { readonly entry: string; readonly at: string; readonly party: string } | undefined
  readonly refused?: { readonly entry: string; readonly at: string; readonly reasons: ErasureRefused['reasons'] } | undefined
  readonly proposed?: { readonly entry: string; readonly at: string; readonly by: string; readonly ground: 'request' | 'period-ended' } | undefined
  readonly approved?: string | undefined
}

/**
 * Row `erasure-order`, plain; key = subject; indexes `custodian`, `asker`, and `open` until the certificate stands. Ids and parties only: it
 * stays after the erasure, so that the custodian can answer for it and whoever asked finds the certificate.
 */
export interface ErasureOrderRow {
  readonly custodian: string
  readonly proposal: string
  readonly proposer: string
  readonly approval: string
  readonly approver: string
  readonly approvedAt: string
  readonly request?: string | undefined
  readonly asker?: string | undefined
  /** The `subject-erased` entry, and its author's time. */
  readonly certificate?: string | undefined
  readonly erasedAt?: string | undefined
}

export const caseTable = 'erasure-case'
export const orderTable = 'erasure-order'
export const erasureTables = { [caseTable]: { readBack: true }, [orderTable]: { readBack: true } } as const

/** The order's row once its certificate stands. */
export function orderDone(subject: string, row: ErasureOrderRow, certificate: { readonly id: string; readonly at: string }): RowChange {
  return orderChange(subject, { ...row, certificate: certificate.id, erasedAt: certificate.at })
}

export function orderChange(subject: string, row: ErasureOrderRow): RowChange {
  const { custodian, asker, certificate } = row
  return { table: orderTable, key: subject, value: row as unknown as RowValue, indexes: { custodian, ...(asker === undefined ? {} : { asker }), ...(certificate === undefined ? { open: 'yes' } : {}) } }
}
