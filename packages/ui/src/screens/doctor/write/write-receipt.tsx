import { useEffect, useRef } from 'react'
import { Button } from '@mantine/core'
import { Link } from 'react-router'
import { useQuery } from '@tanstack/react-query'
import type { WriteKind } from '@careledger/client'
import { Page } from '../../../components/page.tsx'
import type { WordKey } from '../../../i18n/translate.ts'
import { ProofBadge } from '../../../records/proof-badge.tsx'
import { useCheckProof } from '../../../records/proof-check.ts'
import { usePreferences } from '../../../session/preferences.tsx'
import { useClient } from '../../../session/services.tsx'
import { useSession } from '../../../session/session.tsx'
import type { Receipt, RecordItem } from '../../../session/shapes.ts'
import { kindWords } from './kind-words.ts'

export interface WrittenRecord {
  readonly receipt: Receipt
  readonly kind: WriteKind
  readonly title: string
  readonly what: 'written' | 'amended' | 'stopped' | 'withdrawn' | 'reason'
}

const whatWords: Readonly<Record<WrittenRecord['what'], WordKey>> = { written: 'write.wasWritten', amended: 'write.wasAmended', stopped: 'write.wasStopped', withdrawn: 'write.wasWithdrawn', reason: 'write.wasReason' }

/** What was written, with the proof of each as it comes: stored, in the log, on the ledger, and then checked here. */
export function WriteReceipt({ patient, records }: { readonly patient: string, readonly records: readonly WrittenRecord[] }) {
  const { t } = usePreferences()
  const states = useStates(records.map(({ receipt }) => receipt))
  useProofs(states)
  // The address stays, so the page has to say by itself that it is another one.
  useEffect(() => {
    document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true })
    window.scrollTo(0, 0)
  }, [])
  return (
    <Page title={t('write.receiptTitle')} width="read">
      <div className="cl-receipt" role="status"><p>{t('write.receipt', { count: records.length })}</p><p className="cl-note">{t('write.receiptSees')}</p></div>
      <ul className="cl-lines cl-card cl-section" aria-label={t('write.receiptTitle')}>
        {records.map(({ receipt, kind, what, title }, place) => (
          <li key={receipt.id} className="cl-line">
            <div><span className="cl-note">{t(whatWords[what], { kind: t(kindWords[kind].title) })}</span><Link to={`/patients/${patient}/timeline?record=${receipt.id}`}>{title === '' ? t('write.openRecord') : title}</Link></div>
            <ProofBadge item={{ id: receipt.id, state: states[place]?.state ?? receipt.state } as RecordItem} />
          </li>
        ))}
      </ul>
      <div className="cl-decide"><Button component={Link} to={`/patients/${patient}/timeline`}>{t('import.openPatient')}</Button></div>
    </Page>
  )
}

function useStates(receipts: readonly Receipt[]): readonly Receipt[] {
  const client = useClient()
  const { actor } = useSession()
  const ids = receipts.map(({ id }) => id)
  const states = useQuery({
    queryKey: [actor?.key, 'hospital.records.states', ids],
    queryFn: async () => (await client.hospital.records.states.query({ ids })).items,
    refetchInterval: ({ state }) => (state.data?.every((item) => item.state === 'anchored' || item.state === 'blocked') === true ? false : 1_000),
  })
  return receipts.map((receipt) => states.data?.find(({ id }) => id === receipt.id) ?? receipt)
}

/** Each proof is fetched and checked in this browser once its record is on the ledger. */
function useProofs(states: readonly Receipt[]): void {
  const check = useCheckProof()
  const begun = useRef(new Set<string>())
  const due = states.filter(({ state }) => state === 'anchored').map(({ id }) => id).join(' ')
  useEffect(() => {
    for (const id of due.split(' ')) {
      if (id === '' || begun.current.has(id)) continue
      begun.current.add(id)
      check({ id }).catch(() => begun.current.delete(id))
    }
  }, [check, due])
}
