import { useState } from 'react'
import { erasureIn } from '@careledger/client'
import { createSha256, fromBase64url, isReceipt, jwkThumbprint, verifyReceipt, type ReceiptResult } from '@careledger/proof'
import { FileDrop } from '../../components/file-drop.tsx'
import { Facts, Hash, SourceText } from '../../components/facts.tsx'
import { Page, Section } from '../../components/page.tsx'
import { Rich } from '../../components/rich.tsx'
import { EmptyState, ErrorState, LoadingState, Outcome } from '../../components/states.tsx'
import { keyStatusFor } from '../consent/key-status.ts'
import { useClient } from '../../session/services.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { toTrust, useTrust } from '../../session/trust.ts'
import type { TrustedKeys } from '../../session/shapes.ts'
import { MegabytesDone } from '../../records/attachments/attachment-viewer.tsx'
import { factsInWords } from '../../records/fact-words.ts'
import { plainFacts } from '../../records/plain-words.ts'
import { checkProofText, type ProofCheck } from '../../records/proof-check.ts'
import { ProofCheat } from '../../records/proof-cheat.tsx'
import { ProofRaw } from '../../records/proof-raw.tsx'
import { ProofSteps } from '../../records/proof-steps.tsx'
import { ReceiptCheck } from '../consent/receipt-check.tsx'
import { readResource } from '../../records/resource.ts'

/** Checks a proof file on this device, for anybody, signed in or not. */
export function Verify() {
  const { t } = usePreferences()
  const trust = useTrust()
  return (
    <Page title={t('verify.title')} width="read" answer={t('verify.answer')}>
      <Outcome result={trust} rows={3}>{(keys) => <Checker trust={keys} />}</Outcome>
    </Page>
  )
}

function Checker({ trust }: { readonly trust: TrustedKeys }) {
  const { t } = usePreferences()
  const client = useClient()
  const [check, setCheck] = useState<ProofCheck>()
  const [receipt, setReceipt] = useState<ReceiptResult>()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const run = async (file: File): Promise<void> => {
    setBusy(true)
    setError(undefined)
    setCheck(undefined)
    setReceipt(undefined)
    try {
      const text = await file.text()
      const bytes = new TextEncoder().encode(text)
      if (isReceipt(bytes)) setReceipt(await verifyReceipt(bytes, toTrust(trust), { status: await keyStatusFor(client, new TextDecoder().decode(bytes)) }))
      else setCheck(await checkProofText(text, trust))
    } catch (failure) {
      setError(failure)
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <FileDrop compact={check !== undefined} title={t(check ? 'verify.another' : 'verify.drop')} hint={t('verify.dropHint')} accept=".json,application/json" onFile={(file) => void run(file)} />
      {busy && <LoadingState rows={8} />}
      {receipt && <ReceiptCheck result={receipt} />}
      {error !== undefined && <ErrorState error={error} />}
      {check && (check.result.file ? <Found check={check} trust={trust} onCheck={setCheck} /> : <EmptyState icon="octagon" title={t('verify.unreadable')} why={t('verify.unreadableWhy', { reason: check.result.steps[0]?.detail ?? '' })} />)}
      <Section title={t('verify.pinned')}>
        <p className="cl-note">{t('verify.pinnedHint')}</p>
        <Facts facts={[
          { label: t('operator.origin'), value: <code>{trust.origin}</code> },
          { label: t('verify.logKey'), value: <Hash value={jwkThumbprint(trust.logKey)} /> },
          { label: t('verify.rootKey'), value: <Hash value={jwkThumbprint(trust.root)} /> },
          ...trust.witnesses.map(({ name, key }) => ({ label: `${t('operator.witnesses')}: ${name}`, value: <Hash value={jwkThumbprint(key)} /> })),
        ]} />
      </Section>
    </>
  )
}

function Found({ check, trust, onCheck }: { readonly check: ProofCheck, readonly trust: TrustedKeys, readonly onCheck: (check: ProofCheck) => void }) {
  const { t } = usePreferences()
  const author = check.result.file?.entry.author.party ?? t('proof.nobody')
  return (
    <div className="cl-card cl-section">
      <h2>{t('verify.result')}</h2>
      <ProofSteps check={check} author={author} />
      <DocumentBeside check={check} trust={trust} onCheck={onCheck} />
      <Content check={check} />
      <ProofCheat check={check} trust={trust} author={author} />
      <ProofRaw check={check} name={check.result.file?.entry.id ?? 'proof'} />
    </div>
  )
}

/** A proof of a large document holds its SHA-256; the document itself lies beside it, and is hashed on this device. */
function DocumentBeside({ check, trust, onCheck }: { readonly check: ProofCheck, readonly trust: TrustedKeys, readonly onCheck: (check: ProofCheck) => void }) {
  const { t } = usePreferences()
  const [progress, setProgress] = useState<{ readonly done: number, readonly total: number }>()
  const [same, setSame] = useState<boolean>()
  const opening = check.result.file?.opening
  if (opening === undefined || 'payload' in opening) return null
  const hash = async (file: File): Promise<void> => {
    const running = createSha256()
    for (let at = 0; at < file.size; at += 4_194_304) {
      running.update(new Uint8Array(await file.slice(at, at + 4_194_304).arrayBuffer()))
      setProgress({ done: at, total: file.size })
    }
    const next = await checkProofText(check.text, trust, undefined, running.digest())
    setSame(next.result.steps.find(({ name }) => name === 'commitment')?.outcome === 'pass')
    onCheck(next)
    setProgress(undefined)
  }
  return (
    <section className="cl-section">
      {progress === undefined ? <FileDrop compact title={t('attachment.document')} hint={t('attachment.documentHint')} accept="*/*" onFile={(file) => void hash(file)} /> : <MegabytesDone {...progress} />}
      <p role="status">{same !== undefined && t(same ? 'attachment.documentSame' : 'attachment.documentOther')}</p>
    </section>
  )
}

function Content({ check }: { readonly check: ProofCheck }) {
  const preferences = usePreferences()
  const { t } = preferences
  const opening = check.result.file?.opening
  const bytes = opening && 'payload' in opening ? fromBase64url(opening.payload) : undefined
  const resource = bytes && readResource(bytes)
  const erasure = erasureIn(check.result.file)
  return (
    <section>
      <h3>{t('verify.content')}</h3>
      {erasure && <p><Rich k="keeping.certified" values={{ custodian: erasure.custodian, date: preferences.instant(erasure.at, 'clinical'), before: erasure.generationBefore, after: erasure.generationAfter, by: erasure.by?.join(', ') ?? '–' }} /></p>}
      {!bytes && <p className="cl-note">{t('verify.contentNone')}</p>}
      {resource && <Facts facts={factsInWords(plainFacts(resource), preferences)} />}
      {bytes && <details><summary>{t('record.raw')}</summary><SourceText text={new TextDecoder().decode(bytes)} label={t('record.raw')} /></details>}
    </section>
  )
}
