import { useState } from 'react'
import { Button } from '@mantine/core'
import { verifyReceipt } from '@careledger/proof'
import { DataTable, type Column } from '../../components/data-table.tsx'
import { downloadFile } from '../../components/facts.tsx'
import { Page } from '../../components/page.tsx'
import { EmptyState, ErrorState, Outcome } from '../../components/states.tsx'
import type { WordKey } from '../../i18n/translate.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { problemCode } from '../../session/problem.ts'
import { useClient } from '../../session/services.tsx'
import type { Consent } from '../../session/shapes.ts'
import { toTrust, useTrust } from '../../session/trust.ts'
import { keyStatusFor } from './key-status.ts'
import { useOwnConsents } from '../patient/own-records.ts'

interface ReceiptLine {
  /** Of the entry. */
  readonly id: string
  readonly state: 'given' | 'withdrawn'
  readonly name: string
  /** Of a withdrawal the day stands in the receipt. */
  readonly at?: string | undefined
}

/** What somebody passed on has no receipt of the patient's. */
const linesOf = ({ id, given, granteeName, withdrawnBy, passedOn }: Consent): readonly ReceiptLine[] => passedOn !== undefined ? [] : [
  ...(withdrawnBy === undefined ? [] : [{ id: withdrawnBy, state: 'withdrawn', name: granteeName } as const]),
  { id, state: 'given', name: granteeName, at: given },
]

/** Every receipt of the patient, one for each sharing and one for each stop. */
export function Receipts() {
  const { t, instant } = usePreferences()
  const consents = useOwnConsents()
  const columns: readonly [Column<ReceiptLine>, ...Column<ReceiptLine>[]] = [
    { key: 'who', head: t('receipt.columnWho'), cell: ({ name }) => name },
    { key: 'what', head: t('receipt.columnWhat'), cell: ({ state }) => t(state === 'given' ? 'receipt.given' : 'receipt.withdrawn') },
    { key: 'when', head: t('receipt.columnWhen'), cell: ({ id, at }) => instant(at ?? timeOf(id), 'patient') },
    { key: 'file', head: t('receipt.columnFile'), cell: ({ id, state }) => <SaveReceipt id={id} words={state === 'given' ? 'receipt.saveGiven' : 'receipt.saveWithdrawn'} /> },
  ]
  return (
    <Page title={t('receipt.title')} answer={t('receipt.answer')}>
      <Outcome result={consents} rows={5}>
        {({ items }) => (items.length === 0 ? <EmptyState title={t('receipt.none')} why={t('receipt.noneWhy')} icon="file" /> : <DataTable caption={t('receipt.table')} columns={columns} rows={items.flatMap(linesOf)} rowKey={({ id }) => id} />)}
      </Outcome>
    </Page>
  )
}

/** The time that an entry's author put into its id (UUIDv7). */
function timeOf(id: string): string {
  return new Date(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toISOString()
}

/** Fetches a receipt, checks it on this device, and saves it. */
export function SaveReceipt({ id, words = 'receipt.save' }: { readonly id: string, readonly words?: WordKey }) {
  const { t } = usePreferences()
  const client = useClient()
  const trust = useTrust()
  const [busy, setBusy] = useState(false)
  const [said, setSaid] = useState<WordKey>()
  const [error, setError] = useState<unknown>()
  const save = async (): Promise<void> => {
    if (!trust.data) return
    setBusy(true)
    setError(undefined)
    setSaid(undefined)
    try {
      const { receipt, anchored } = await client.hospital.consents.receipt.query({ id })
      const { valid } = await verifyReceipt(new TextEncoder().encode(receipt), toTrust(trust.data), { status: await keyStatusFor(client, receipt) })
      if (valid) downloadFile(`consent-receipt-${id}.json`, receipt)
      setSaid(valid ? (anchored ? 'receipt.saved' : 'receipt.savedNoLedger') : 'receipt.savedBad')
    } catch (failure) {
      if (problemCode(failure) === 'UNAVAILABLE') setSaid('receipt.notYet')
      else setError(failure)
    } finally {
      setBusy(false)
    }
  }
  return (
    <div className="cl-save-receipt">
      <Button variant="default" onClick={() => void save()} loading={busy} disabled={!trust.data}>{t(words)}</Button>
      <span className="cl-note" role="status">{said && t(said)}</span>
      {error !== undefined && <ErrorState error={error} onRetry={() => void save()} />}
    </div>
  )
}
