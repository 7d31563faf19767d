import { useEffect, useRef, useState } from 'react'
import { Button, TextInput } from '@mantine/core'
import { Link, useParams } from 'react-router'
import { useQueryClient } from '@tanstack/react-query'
import { titleIn, uploadAttachment, type CareLedgerClient, type UploadedAttachment, type UploadProgress } from '@careledger/client'
import { Facts } from '../../../components/facts.tsx'
import { FileDrop } from '../../../components/file-drop.tsx'
import { Page, Section } from '../../../components/page.tsx'
import { ErrorState, Outcome } from '../../../components/states.tsx'
import { MegabytesDone } from '../../../records/attachments/attachment-viewer.tsx'
import { usePreferences } from '../../../session/preferences.tsx'
import { useOperation } from '../../../session/query.ts'
import { useClient } from '../../../session/services.tsx'
import { useLeaveWarning } from '../write/draft-guard.tsx'
import { PatientLine } from '../write/patient-line.tsx'

type Unfinished = Awaited<ReturnType<CareLedgerClient['hospital']['attachments']['uploads']['query']>>['items'][number]

type Stage =
  | { readonly name: 'choose', readonly problem?: 'attachment.tooLarge' | 'attachment.empty' }
  | { readonly name: 'check', readonly file: File }
  | { readonly name: 'again', readonly upload: Unfinished, readonly other?: boolean }
  | { readonly name: 'sending', readonly progress: UploadProgress, readonly stop: () => void }
  | { readonly name: 'done', readonly result: UploadedAttachment }
  | { readonly name: 'failed', readonly error: unknown, readonly file: File, readonly title: string, readonly resume?: string }

const bytesMax = 4 * 1024 ** 3

/** Choose, check, sign, and see it go: one file into one patient's record. */
export function AddAttachment() {
  const { t } = usePreferences()
  const { patient = '' } = useParams()
  const client = useClient()
  const queries = useQueryClient()
  const summary = useOperation(client.hospital.patients.read, 'hospital.patients.read', { patient })
  const [stage, setStage] = useState<Stage>({ name: 'choose' })
  const region = useRef<HTMLDivElement>(null)
  useLeaveWarning(stage.name === 'sending')
  useEffect(() => {
    if (stage.name === 'done' || stage.name === 'failed') region.current?.focus({ preventScroll: true })
  }, [stage.name])

  const choose = (file: File): void => setStage(file.size > bytesMax ? { name: 'choose', problem: 'attachment.tooLarge' } : file.size === 0 ? { name: 'choose', problem: 'attachment.empty' } : { name: 'check', file })
  const unfinished = useOperation(client.hospital.attachments.uploads, 'hospital.attachments.uploads', { patient })
  const send = async (file: File, title: string, resume?: string): Promise<void> => {
    const controller = new AbortController()
    const stop = (): void => controller.abort()
    const onProgress = (progress: UploadProgress): void => { if (!controller.signal.aborted) setStage({ name: 'sending', progress, stop }) }
    onProgress({ step: 'reading', done: 0, total: file.size })
    try {
      const result = await uploadAttachment(client, file, { patient, title, onProgress, signal: controller.signal, ...(resume !== undefined && { resume }) })
      void queries.invalidateQueries()
      setStage({ name: 'done', result })
    } catch (error) {
      void unfinished.refetch()
      setStage(controller.signal.aborted ? (file.size > 8_388_608 ? { name: 'choose' } : { name: 'check', file }) : { name: 'failed', error, file, title, ...(resume !== undefined && { resume }) })
    }
  }

  return (
    <Page title={t('attachment.addTitle')} width="read" answer={t('attachment.addAnswer')}>
      <Outcome result={summary} rows={1}>
        {(data) => (
          <>
            <PatientLine summary={data} />
            {stage.name === 'choose' && <UnfinishedUploads items={unfinished.data?.items ?? []} onGoOn={(upload) => setStage({ name: 'again', upload })} onDiscard={(id) => void client.hospital.attachments.discard.mutate({ id }).finally(() => void unfinished.refetch())} />}
            {stage.name === 'again' && (
              <Section title={t('attachment.againTitle', { title: titleIn(stage.upload.records[0]) ?? t('chart.untitled') })}>
                <p>{t('attachment.againHow', { done: megabytes(stage.upload.offset), total: megabytes(stage.upload.size) })}</p>
                {stage.other === true && <p className="cl-field-problem" role="alert">{t('attachment.againOther')}</p>}
                <FileDrop title={t('attachment.againFile')} hint={t('attachment.dropHint')} accept="*/*" onFile={(file) => (file.size === stage.upload.size ? void send(file, titleIn(stage.upload.records[0]) ?? '', stage.upload.id) : setStage({ ...stage, other: true }))} />
                <div className="cl-decide"><Button variant="default" onClick={() => setStage({ name: 'choose' })}>{t('attachment.againNot')}</Button></div>
              </Section>
            )}
            {stage.name === 'choose' && <FileDrop title={t('attachment.drop')} hint={t('attachment.dropHint')} accept="*/*" onFile={choose} />}
            <div ref={region} tabIndex={-1} className="cl-region" aria-live="polite">
              {stage.name === 'choose' && stage.problem !== undefined && <p className="cl-field-problem" role="alert">{t(stage.problem)}</p>}
              {stage.name === 'sending' && <Sending progress={stage.progress} onStop={stage.stop} />}
              {stage.name === 'failed' && <ErrorState error={stage.error} onRetry={() => void send(stage.file, stage.title, stage.resume)} />}
              {stage.name === 'done' && <Done patient={patient} result={stage.result} onAnother={() => setStage({ name: 'choose' })} />}
            </div>
            {stage.name === 'check' && <Check file={stage.file} patient={patient} onFile={choose} onSend={(title) => void send(stage.file, title)} />}
          </>
        )}
      </Outcome>
    </Page>
  )
}

/** What was begun here, by whom is signed in, and did not come to its end: a closed page or a lost connection. */
function UnfinishedUploads({ items, onGoOn, onDiscard }: { readonly items: readonly Unfinished[], readonly onGoOn: (upload: Unfinished) => void, readonly onDiscard: (id: string) => void }) {
  const { t, instant } = usePreferences()
  if (items.length === 0) return null
  return (
    <Section title={t('attachment.unfinished')}>
      <ul className="cl-lines">
        {items.map((upload) => {
          const title = titleIn(upload.records[0]) ?? t('chart.untitled')
          return (
            <li key={upload.id} className="cl-line">
              <div><span>{title}</span><span className="cl-note">{t('attachment.unfinishedHow', { done: megabytes(upload.offset), total: megabytes(upload.size), date: instant(upload.begun, 'clinical') })}</span></div>
              <span className="cl-decide">
                <Button variant="default" onClick={() => onGoOn(upload)} aria-label={t('attachment.goOnOf', { title })}>{t('attachment.goOn')}</Button>
                <Button variant="subtle" onClick={() => onDiscard(upload.id)} aria-label={t('attachment.giveUpOf', { title })}>{t('attachment.giveUp')}</Button>
              </span>
            </li>
          )
        })}
      </ul>
    </Section>
  )
}

const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1)

/** What will be written, in sight before it is signed. */
function Check({ file, patient, onFile, onSend }: { readonly file: File, readonly patient: string, readonly onFile: (file: File) => void, readonly onSend: (title: string) => void }) {
  const { t, number } = usePreferences()
  const [title, setTitle] = useState('')
  const [missing, setMissing] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus({ preventScroll: true }), [])
  const submit = (): void => {
    const words = title.trim()
    setMissing(words === '')
    if (words === '') return field.current?.focus()
    onSend(words)
  }
  return (
    <Section title={t('attachment.check')}>
      <form onSubmit={(event) => { event.preventDefault(); submit() }} noValidate>
        <Facts facts={[
          { label: t('attachment.file'), value: file.name },
          { label: t('attachment.kind'), value: <code>{file.type === '' ? 'application/octet-stream' : file.type}</code> },
          { label: t('attachment.size'), value: t('attachment.bytes', { size: number(file.size) }) },
        ]} />
        <TextInput ref={field} label={t('attachment.title')} description={t('attachment.titleHint')} value={title} maxLength={200} error={missing && title.trim() === '' ? t('attachment.titleMissing') : undefined} onChange={(event) => setTitle(event.currentTarget.value)} />
        <div className="cl-decide">
          <Button size="lg" type="submit">{t('attachment.sign')}</Button>
          <Button size="lg" variant="default" component={Link} to={`/patients/${patient}/timeline`}>{t('attachment.back')}</Button>
        </div>
      </form>
      <FileDrop compact title={t('attachment.other')} hint={t('attachment.dropHint')} accept="*/*" onFile={onFile} />
    </Section>
  )
}

function Sending({ progress: { step, done, total }, onStop }: { readonly progress: UploadProgress, readonly onStop: () => void }) {
  const { t } = usePreferences()
  return (
    <div className="cl-card cl-section">
      <p role="status">{t(step === 'reading' ? 'attachment.reading' : step === 'signing' ? 'attachment.signing' : 'attachment.sending')}</p>
      <MegabytesDone done={done} total={total} />
      <p className="cl-note">{t('attachment.keepOpen')}</p>
      <Button variant="default" onClick={onStop}>{t('attachment.stop')}</Button>
    </div>
  )
}

function Done({ patient, result, onAnother }: { readonly patient: string, readonly result: UploadedAttachment, readonly onAnother: () => void }) {
  const { t } = usePreferences()
  return (
    <div className="cl-receipt" role="status">
      <h2>{t('attachment.done')}</h2>
      <p>{t('attachment.doneWhy')}</p>
      <div className="cl-decide">
        <Button component={Link} to={`/patients/${patient}/timeline?record=${result.record ?? ''}`}>{t('attachment.open')}</Button>
        <Button variant="default" onClick={onAnother}>{t('attachment.another')}</Button>
      </div>
    </div>
  )
}
