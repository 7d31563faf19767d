import { termsInWords } from '@careledger/client'
import type { ReceiptResult } from '@careledger/proof'
import { Facts } from '../../components/facts.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import type { WordKey } from '../../i18n/translate.ts'
import { kindName } from '../../records/kinds.ts'
import { usePreferences } from '../../session/preferences.tsx'
import type { ConsentTerms } from '../../session/shapes.ts'

interface Subject {
  readonly record_id: string
  readonly event: { readonly event_state: 'given' | 'withdrawn', readonly event_time: string }
  readonly terms: ConsentTerms
}

const STEP_WORDS = { parse: 'receipt.parse', entry: 'receipt.entry', consent: 'receipt.consent', authority: 'receipt.authority', issuer: 'receipt.issuer', signature: 'receipt.signature', binding: 'receipt.binding', status: 'receipt.status' } as const satisfies Readonly<Record<string, WordKey>>

/** What a receipt says and whether it holds, computed on this device. */
export function ReceiptCheck({ result }: { readonly result: ReceiptResult }) {
  const { t, language, instant } = usePreferences()
  const subject = result.valid ? (result.credential?.['credentialSubject'] as Subject | undefined) : undefined
  return (
    <section className="cl-card cl-section">
      <h2>{t('receipt.result')}</h2>
      <p role="status"><strong>{t(result.valid ? 'receipt.holds' : 'receipt.holdsNot')}</strong></p>
      <ol className="cl-lines">{result.steps.map(({ name, outcome, detail }) => <li key={name} className="cl-line"><div><span>{outcome === 'fail' ? detail : t(STEP_WORDS[name])}</span></div><StatusBadge status={outcome} /></li>)}</ol>
      {subject && (
        <Facts facts={[
          { label: t('receipt.state'), value: t(subject.event.event_state === 'given' ? 'receipt.given' : 'receipt.withdrawn') },
          { label: t('receipt.at'), value: instant(subject.event.event_time, 'patient') },
          { label: t('receipt.terms'), value: termsInWords(subject.terms, { language, typeName: (type) => kindName(t, type), instant: (at) => instant(at, 'date') }).join(' ') },
          { label: t('receipt.number'), value: <code>{subject.record_id}</code> },
        ]} />
      )}
    </section>
  )
}
