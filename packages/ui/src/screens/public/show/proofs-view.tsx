import { useEffect, useState, type ReactNode } from 'react'
import { checkCarryFile, CARRY_FORMAT, type CarriedRecord, type CarryFile, type CheckedCarryFile } from '@careledger/client'
import { Button } from '@mantine/core'
import { downloadFile } from '../../../components/facts.tsx'
import { FileDrop } from '../../../components/file-drop.tsx'
import { ErrorState, LoadingState, Outcome } from '../../../components/states.tsx'
import { StatusBadge } from '../../../components/status-badge.tsx'
import { readResource, at, text as textOf } from '../../../records/resource.ts'
import { plainFacts } from '../../../records/plain-words.ts'
import { kindName } from '../../../records/kinds.ts'
import { ProofSteps } from '../../../records/proof-steps.tsx'
import { usePreferences } from '../../../session/preferences.tsx'
import { toTrust, useTrust } from '../../../session/trust.ts'
import type { TrustedKeys } from '../../../session/shapes.ts'
import { ResourceWords } from './bundle-view.tsx'

/** Proofs that came in a link, as a carry file has them. */
export function ProofsView({ proofs }: { readonly proofs: readonly string[] }) {
  return <FileView file={{ format: CARRY_FORMAT, made: '', origin: '', custodian: { party: '', name: '' }, proofs }} />
}

/** Every proof checked on this device, each record with all its steps. `after` gets the finding, for what may follow from it. */
export function FileView({ file, after }: { readonly file: CarryFile, readonly after?: (checked: CheckedCarryFile) => ReactNode }) {
  const own = useTrust()
  const [chosen, setChosen] = useState<TrustedKeys>()
  return <Outcome result={own} rows={6}>{(keys) => <Checked key={(chosen ?? keys).origin} file={file} trust={chosen ?? keys} isOwn={chosen === undefined} onTrust={setChosen} after={after} />}</Outcome>
}

interface CheckedProps {
  readonly file: CarryFile
  readonly trust: TrustedKeys
  readonly isOwn: boolean
  readonly onTrust: (keys: TrustedKeys) => void
  readonly after: ((checked: CheckedCarryFile) => ReactNode) | undefined
}

function Checked({ file, trust, isOwn, onTrust, after }: CheckedProps) {
  const { t } = usePreferences()
  const [done, setDone] = useState(0)
  const [found, setFound] = useState<CheckedCarryFile & { readonly ms: number }>()
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    let leaving = false
    const started = performance.now()
    checkCarryFile(file, toTrust(trust), {}, (count) => { if (!leaving) setDone(count) })
      .then((checked) => { if (!leaving) setFound({ ...checked, ms: performance.now() - started }) }, (failure: unknown) => { if (!leaving) setError(failure) })
    return () => { leaving = true }
  }, [file, trust])
  if (error !== undefined) return <ErrorState error={error} />
  if (!found) return <><p role="status">{t('show.checking', { done, total: file.proofs.length })}</p><LoadingState rows={4} /></>
  return (
    <div className="cl-card cl-section">
      <h2>{t('show.proofs')}</h2>
      <Verdict found={found} origin={trust.origin} />
      <ul className="cl-carried">{found.records.map((record, index) => <RecordView key={index} record={record} ms={found.ms / found.records.length} />)}</ul>
      <Keys trust={trust} isOwn={isOwn} onTrust={onTrust} />
      {after?.(found)}
    </div>
  )
}

function Verdict({ found, origin }: { readonly found: CheckedCarryFile & { readonly ms: number }, readonly origin: string }) {
  const { t } = usePreferences()
  const bad = found.records.filter(({ result, holds }) => !result.valid || !holds).length
  const foreign = found.records.map(({ result }) => result.file?.log.origin).find((one) => one !== undefined && one !== origin)
  const words = bad === 0 ? t('show.proofsHold', { count: found.records.length }) : foreign !== undefined ? t('show.proofsUnknown', { origin: foreign }) : t('show.proofsBad', { count: bad, total: found.records.length })
  return (
    <>
      <div className="cl-proof-head" data-valid={bad === 0} role="status">
        <StatusBadge status={bad === 0 ? 'proven' : foreign !== undefined ? 'notChecked' : 'mismatch'} filled={bad > 0 && foreign === undefined} />
        <span>{words}</span>
      </div>
      <p className="cl-note">{t('show.proofsMs', { ms: Math.max(1, Math.round(found.ms)) })}</p>
    </>
  )
}

function RecordView({ record, ms }: { readonly record: CarriedRecord, readonly ms: number }) {
  const { t } = usePreferences()
  const { result, payload, proof, document, holds } = record
  const resource = payload && readResource(payload)
  const kind = textOf(at(resource, 'resourceType'))
  const title = resource && plainFacts(resource)[0]?.value
  return (
    <li>
      <details>
        <summary><strong>{title ?? result.file?.entry.id ?? '–'}</strong><span className="cl-note">{kind ? kindName(t, kind) : document && t('attachment.file')}</span><StatusBadge status={result.valid && holds ? 'proven' : 'mismatch'} filled={!result.valid || !holds} /></summary>
        {payload && <ResourceWords payload={payload} />}
        {document && <p><Button variant="default" onClick={() => downloadFile(`attachment-${result.file?.entry.id ?? ''}`, new Uint8Array(document), 'application/octet-stream')}>{t('attachment.save')}</Button></p>}
        <ProofSteps check={{ text: proof, result, ms, checkedAt: new Date() }} author={result.file?.entry.author.party ?? t('proof.nobody')} />
      </details>
    </li>
  )
}

/** Whose keys it was checked against; those of another platform come from its trust.json. */
function Keys({ trust, isOwn, onTrust }: Pick<CheckedProps, 'trust' | 'isOwn' | 'onTrust'>) {
  const { t } = usePreferences()
  const [bad, setBad] = useState(false)
  const read = async (file: File): Promise<void> => {
    try {
      const keys = JSON.parse(await file.text()) as TrustedKeys
      toTrust(keys)
      if (typeof keys.origin !== 'string' || typeof keys.logKey !== 'object' || typeof keys.root !== 'object' || !Array.isArray(keys.witnesses)) throw new TypeError('No keys.')
      setBad(false)
      onTrust(keys)
    } catch {
      setBad(true)
    }
  }
  return (
    <section>
      <h3>{t('show.trust')}</h3>
      <p>{t(isOwn ? 'show.trustOwn' : 'show.trustChosen', { origin: trust.origin })}</p>
      <details><summary>{t('show.trustOther')}</summary><FileDrop compact title={t('show.trustOther')} hint={t('show.trustOtherHint')} accept=".json,application/json" onFile={(file) => void read(file)} /></details>
      {bad && <p className="cl-field-problem" role="alert">{t('show.trustBad')}</p>}
    </section>
  )
}
