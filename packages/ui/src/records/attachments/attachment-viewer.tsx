import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { Button, Progress } from '@mantine/core'
import { Link } from 'react-router'
import { Icon } from '../../components/icon.tsx'
import { ErrorState } from '../../components/states.tsx'
import { useElsewhere } from '../../session/elsewhere.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { storedAttachment, viewOf, type Attachment } from './attachments-of.ts'
import { readBlob, saveCopy } from './read-blob.ts'
import { ImageView } from './viewer/image-view.tsx'

/** With pdf.js, which nobody needs who opens no PDF. */
const PdfView = lazy(async () => ({ default: (await import('./viewer/pdf-view.tsx')).PdfView }))

type Stage =
  | { readonly name: 'idle', readonly saved?: boolean }
  | { readonly name: 'loading', readonly done: number, readonly total: number }
  | { readonly name: 'shown', readonly url?: string, readonly pdf?: Blob, readonly text?: string, readonly cut?: boolean }
  | { readonly name: 'failed', readonly error: unknown, readonly again: () => void }

/** Larger ones are saved and not shown. */
const shownBytesMax = 64 * 1_048_576
const shownLettersMax = 100_000

/**
 * Shows an attachment on demand, since opening it is recorded: images, PDFs and plain text here, everything else as a copy to save. What is
 * shown has the type that is shown, whatever is in it: nothing in it runs.
 */
export function AttachmentViewer({ attachment, record }: { readonly attachment: Attachment, readonly record: string }) {
  const { t } = usePreferences()
  const client = useClient()
  const elsewhere = useElsewhere()
  const [stage, setStage] = useState<Stage>({ name: 'idle' })
  const running = useRef<AbortController>(undefined)
  useEffect(() => () => running.current?.abort(), [])
  useObjectUrl(stage.name === 'shown' ? stage.url : undefined)
  const stored = storedAttachment(attachment)
  if (stored === undefined && attachment.data === undefined) return null
  const view = viewOf(attachment.contentType)
  const title = attachment.title ?? t('chart.untitled')
  const tooLarge = (attachment.sizeBytes ?? 0) > shownBytesMax

  const run = async (work: (signal: AbortSignal, onProgress: (done: number, total: number) => void) => Promise<Stage>): Promise<void> => {
    running.current?.abort()
    const controller = new AbortController()
    running.current = controller
    setStage({ name: 'loading', done: 0, total: attachment.sizeBytes ?? 0 })
    try {
      const next = await work(controller.signal, (done, total) => { if (!controller.signal.aborted) setStage({ name: 'loading', done, total }) })
      if (!controller.signal.aborted) setStage(next)
    } catch (error) {
      if (!controller.signal.aborted) setStage({ name: 'failed', error, again: () => void run(work) })
    }
  }
  const show = (): void => void run(async (signal, onProgress) => {
    const blob = await readBlob(client, attachment, { record, signal, onProgress })
    if (view === 'pdf') return { name: 'shown', pdf: blob }
    if (view !== 'text') return { name: 'shown', url: URL.createObjectURL(new Blob([blob], { type: attachment.contentType ?? '' })) }
    const text = await blob.slice(0, shownLettersMax * 4).text()
    return { name: 'shown', text: text.slice(0, shownLettersMax), cut: text.length > shownLettersMax || blob.size > shownLettersMax * 4 }
  })
  const save = (): void => void run(async (signal, onProgress) => ({ name: 'idle', saved: await saveCopy(client, attachment, fileName(title, attachment.contentType), { record, signal, onProgress }) }))
  const stop = (): void => {
    running.current?.abort()
    setStage({ name: 'idle' })
  }

  return (
    <div className="cl-attachment">
      {stage.name === 'loading' ? <Loading done={stage.done} total={stage.total} onStop={stop} /> : (
        <div className="cl-decide">
          {view !== undefined && !tooLarge && (stage.name === 'shown' ? <Button variant="default" onClick={() => setStage({ name: 'idle' })}>{t('attachment.hide')}</Button> : <Button variant="default" leftSection={<Icon name="eye" size={18} />} onClick={show}>{t('attachment.show')}</Button>)}
          <Button variant="default" leftSection={<Icon name="download" size={18} />} onClick={save}>{t('attachment.save')}</Button>
        </div>
      )}
      {stored !== undefined && elsewhere === undefined && <p className="cl-note"><Link to={`/proofs/${stored}`}>{t('attachment.proof')}</Link></p>}
      <div role="status">
        {stage.name === 'idle' && <p className="cl-note">{t(stage.saved === true ? 'attachment.saved' : view === undefined ? 'attachment.cannotShow' : tooLarge ? 'attachment.tooLargeToShow' : 'attachment.recorded')}</p>}
      </div>
      {stage.name === 'failed' && <ErrorState error={stage.error} onRetry={stage.again} />}
      {stage.name === 'shown' && stage.url !== undefined && <ImageView url={stage.url} title={title} />}
      {stage.name === 'shown' && stage.pdf !== undefined && <Suspense fallback={<p className="cl-note cl-waiting" role="status">{t('viewer.opening')}</p>}><PdfView blob={stage.pdf} title={title} /></Suspense>}
      {stage.name === 'shown' && stage.text !== undefined && (
        <>
          <pre className="cl-attachment-text" tabIndex={0} role="region" aria-label={t('attachment.text', { title })}>{stage.text}</pre>
          {stage.cut === true && <p className="cl-note">{t('attachment.cut')}</p>}
        </>
      )}
    </div>
  )
}

function Loading({ done, total, onStop }: { readonly done: number, readonly total: number, readonly onStop: () => void }) {
  const { t } = usePreferences()
  return (
    <div className="cl-attachment-loading">
      <MegabytesDone done={done} total={total} />
      <Button variant="default" onClick={onStop}>{t('attachment.stop')}</Button>
    </div>
  )
}

/** A bar with words beside it. */
export function MegabytesDone({ done, total }: { readonly done: number, readonly total: number }) {
  const { t, number } = usePreferences()
  const megabytes = (bytes: number): string => number(Math.round(bytes / 100_000) / 10)
  return (
    <div>
      <Progress.Root size="lg"><Progress.Section value={total > 0 ? (done / total) * 100 : 0} aria-label={t('attachment.progress')} /></Progress.Root>
      <p className="cl-note">{t('attachment.loading', { done: megabytes(done), total: megabytes(total) })}</p>
    </div>
  )
}

/** Gives the bytes back when they are no longer shown. */
function useObjectUrl(url: string | undefined): void {
  useEffect(() => (url === undefined ? undefined : () => URL.revokeObjectURL(url)), [url])
}

const endings: Readonly<Record<string, string>> = { 'image/png': 'png', 'image/jpeg': 'jpg', 'image/gif': 'gif', 'image/webp': 'webp', 'application/pdf': 'pdf', 'text/plain': 'txt', 'application/dicom': 'dcm', 'text/csv': 'csv' }

/** The title as a name of a file, with the ending of its type. */
function fileName(title: string, contentType: string | undefined): string {
  const ending = endings[contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? ''] ?? 'bin'
  const plain = title.replace(/[\u0000-\u001f\u007f"*/:<>?\\|]+/g, ' ').trim().slice(0, 80)
  return plain.toLowerCase().endsWith(`.${ending}`) ? plain : `${plain === '' ? 'attachment' : plain}.${ending}`
}
