import { useEffect, useRef, useState } from 'react'
import { Progress } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Link } from 'react-router'
import { BUNDLE_BYTES_MAX, importBundle, type ImportProgress, type ImportResult } from '@careledger/client'
import { toBase64url } from '@careledger/proof'
import { FileDrop } from '../../components/file-drop.tsx'
import { Page } from '../../components/page.tsx'
import { ErrorState, LoadingState } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import type { ImportCheck } from '../../session/shapes.ts'
import { ImportDone } from './import-done.tsx'
import { ImportPreview } from './import-preview.tsx'

type Stage =
  | { readonly name: 'empty' }
  | { readonly name: 'tooLarge' }
  | { readonly name: 'checking', readonly file: string }
  | { readonly name: 'checked', readonly file: string, readonly bytes: Uint8Array, readonly check: ImportCheck }
  | { readonly name: 'importing', readonly progress: ImportProgress }
  | { readonly name: 'done', readonly result: ImportResult }
  | { readonly name: 'failed', readonly error: unknown, readonly again?: () => void }

/** Drop, look, import whole or not at all, and see how far the entries have come. */
export function Import() {
  const { t } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const [stage, setStage] = useState<Stage>({ name: 'empty' })
  const region = useRef<HTMLDivElement>(null)
  useLeaveWarning(stage.name === 'importing')
  useEffect(() => {
    if (stage.name !== 'empty' && stage.name !== 'importing') region.current?.focus({ preventScroll: true })
  }, [stage.name])

  const check = async (file: File): Promise<void> => {
    if (file.size > BUNDLE_BYTES_MAX) return setStage({ name: 'tooLarge' })
    setStage({ name: 'checking', file: file.name })
    try {
      const bytes = new Uint8Array(await file.arrayBuffer())
      setStage({ name: 'checked', file: file.name, bytes, check: await client.hospital.imports.check.query({ bundle: toBase64url(bytes) }) })
    } catch (error) {
      setStage({ name: 'failed', error, again: () => void check(file) })
    }
  }
  const run = async (bytes: Uint8Array): Promise<void> => {
    try {
      const result = await importBundle(client, bytes, { onProgress: (progress) => setStage({ name: 'importing', progress }) })
      void queries.invalidateQueries()
      setStage({ name: 'done', result })
    } catch (error) {
      setStage({ name: 'failed', error, again: () => void run(bytes) })
    }
  }

  return (
    <Page title={t('import.title')} width="read" answer={t('import.answer')}>
      {(stage.name === 'empty' || stage.name === 'tooLarge') && <FileDrop title={t('import.drop')} hint={t('import.dropHint')} accept="application/json,application/fhir+json,.json" onFile={(file) => void check(file)} />}
      {stage.name === 'empty' && <p><Link to="/import/many">{t('many.link')}</Link></p>}
      <div ref={region} tabIndex={-1} className="cl-region" aria-live="polite">
        {stage.name === 'tooLarge' && <p className="cl-field-problem" role="alert">{t('import.tooLarge')}</p>}
        {stage.name === 'checking' && <><p role="status">{t('import.checking', { name: stage.file })}</p><LoadingState rows={6} /></>}
        {stage.name === 'checked' && <ImportPreview check={stage.check} onImport={() => void run(stage.bytes)} onFile={(file) => void check(file)} />}
        {stage.name === 'importing' && <Importing progress={stage.progress} />}
        {stage.name === 'done' && <ImportDone result={stage.result} onAnother={() => setStage({ name: 'empty' })} />}
        {stage.name === 'failed' && <><ErrorState error={stage.error} onRetry={stage.again} /><FileDrop compact title={t('import.another')} hint={t('import.dropHint')} accept=".json" onFile={(file) => void check(file)} /></>}
      </div>
    </Page>
  )
}

function Importing({ progress: { step, done, total } }: { readonly progress: ImportProgress }) {
  const { t } = usePreferences()
  const words = step === 'reading' ? t('import.reading') : step === 'sealing' ? t('import.sealing', { done, total }) : step === 'signing' ? t('import.signing', { total }) : step === 'sending' || step === 'done' ? t('import.sending', { total }) : t('import.preparing')
  const share = { reading: 5, checking: 10, preparing: 20, sealing: 25 + (total > 0 ? (done / total) * 35 : 0), signing: 65, sending: 75, done: 100 }[step]
  return (
    <div className="cl-card cl-section">
      <p role="status">{words}</p>
      <Progress.Root size="lg"><Progress.Section value={share} aria-label={t('import.progress')} /></Progress.Root>
      <p className="cl-note">{t('import.keepWorking')}</p>
    </div>
  )
}

/** The browser asks before it closes a page that is writing. */
function useLeaveWarning(active: boolean): void {
  useEffect(() => {
    if (!active) return
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault()
    window.addEventListener('beforeunload', warn)
    return () => window.removeEventListener('beforeunload', warn)
  }, [active])
}
