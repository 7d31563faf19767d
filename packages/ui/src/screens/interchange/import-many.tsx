import { useEffect, useId, useRef, useState } from 'react'
import { Button, Progress } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { previewImport, runImportJob, type ImportJobProgress, type ImportJobResult, type ImportPreview, type ImportSource } from '@careledger/client'
import { DataTable, type Column } from '../../components/data-table.tsx'
import { downloadFile } from '../../components/facts.tsx'
import { Icon } from '../../components/icon.tsx'
import { Page } from '../../components/page.tsx'
import { Rich } from '../../components/rich.tsx'
import { EmptyState, ErrorState, LoadingState } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { fromDrop, fromFiles } from './picked-files.ts'

type Stage =
  | { readonly name: 'empty' }
  | { readonly name: 'looking', readonly done: number, readonly file: string }
  | { readonly name: 'looked', readonly sources: readonly ImportSource[], readonly preview: ImportPreview }
  | { readonly name: 'running', readonly progress: ImportJobProgress | undefined }
  | { readonly name: 'done', readonly result: ImportJobResult }
  | { readonly name: 'failed', readonly error: unknown, readonly again: () => void }

/** Drop many, look at what would come in, import all that is good, and see what is parked and why. */
export function ImportMany() {
  const { t } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const [stage, setStage] = useState<Stage>({ name: 'empty' })
  const region = useRef<HTMLDivElement>(null)
  const control = useRef(new Gate())
  useEffect(() => {
    if (stage.name === 'looked' || stage.name === 'done' || stage.name === 'failed') region.current?.focus({ preventScroll: true })
  }, [stage.name])
  useLeaveWarning(stage.name === 'running')

  const look = async (sources: readonly ImportSource[]): Promise<void> => {
    setStage({ name: 'looking', done: 0, file: '' })
    try {
      setStage({ name: 'looked', sources, preview: await previewImport(client, sources, { onProgress: (done, file) => setStage({ name: 'looking', done, file }) }) })
    } catch (error) {
      setStage({ name: 'failed', error, again: () => void look(sources) })
    }
  }
  const run = async (sources: readonly ImportSource[], preview: ImportPreview, id: string): Promise<void> => {
    control.current = new Gate()
    setStage({ name: 'running', progress: undefined })
    try {
      const checked = new Set(preview.items.filter(({ ok }) => ok).map(({ digest }) => digest))
      const result = await runImportJob(client, sources, { id, checked, gate: () => control.current.wait(), signal: control.current.ended, onProgress: (progress) => setStage({ name: 'running', progress }) })
      void queries.invalidateQueries()
      setStage({ name: 'done', result })
    } catch (error) {
      setStage({ name: 'failed', error, again: () => void run(sources, preview, id) })
    }
  }

  return (
    <Page title={t('many.title')} answer={t('many.answer')}>
      {stage.name === 'empty' && <FilesDrop onFiles={(sources) => void look(sources)} />}
      <div ref={region} tabIndex={-1} className="cl-region">
        {stage.name === 'looking' && <><p role="status">{stage.file === '' ? t('state.loading') : `${t('many.looking', { name: stage.file })} · ${t('many.lookedAt', { n: stage.done })}`}</p><LoadingState rows={4} /></>}
        {stage.name === 'looked' && <Looked preview={stage.preview} onStart={() => void run(stage.sources, stage.preview, crypto.randomUUID())} onFiles={(sources) => void look(sources)} />}
        {stage.name === 'running' && <Running progress={stage.progress} gate={control.current} />}
        {stage.name === 'done' && <Done result={stage.result} onAgain={() => setStage({ name: 'empty' })} />}
        {stage.name === 'failed' && <ErrorState error={stage.error} onRetry={stage.again} />}
      </div>
    </Page>
  )
}

function Looked({ preview, onStart, onFiles }: { readonly preview: ImportPreview, readonly onStart: () => void, readonly onFiles: (sources: readonly ImportSource[]) => void }) {
  const { t, number } = usePreferences()
  const { good, bad, items, groups } = preview
  const records = Object.values(preview.counts).reduce((sum, count) => sum + count, 0)
  const columns: readonly [Column<(typeof groups)[number]>, ...Column<(typeof groups)[number]>[]] = [
    { key: 'cause', head: t('many.columnCause'), cell: ({ message }) => <span lang="en">{message}</span> },
    { key: 'first', head: t('many.columnFirst'), cell: ({ places: [first] }) => first && <span className="cl-code">{first.name} · {first.path}{first.line !== undefined && ` · ${t('many.line', { n: first.line })}`}</span> },
    { key: 'times', head: t('many.columnTimes'), cell: ({ count }) => number(count), numeric: true },
    { key: 'files', head: t('many.columnFiles'), cell: ({ files }) => number(files), numeric: true, wideOnly: true },
  ]
  if (items.length === 0) return <><EmptyState title={t('many.empty')} why={t('many.emptyWhy')} icon="import" /><FilesDrop onFiles={onFiles} /></>
  return (
    <>
      <section className="cl-section">
        <h2>{good > 0 ? t('many.ready') : t('many.nothing')}</h2>
        <p>{good > 0 ? <Rich k="many.summary" values={{ good, fresh: preview.newPatients, known: preview.knownPatients, records, already: preview.alreadyThere }} /> : t('many.nothingWhy')}</p>
        {good > 0 && <div className="cl-decide"><Button size="lg" onClick={onStart}>{t('many.start', { count: good })}</Button></div>}
      </section>
      {bad > 0 && (
        <section className="cl-section">
          <div className="cl-problems" role="alert"><h2>{t('many.bad', { count: bad })}</h2><p>{t('many.badWhy')}</p></div>
          <DataTable caption={t('many.problems')} dense columns={columns} rows={groups} rowKey={({ code, message }) => `${code} ${message}`} />
          <div className="cl-decide"><Button variant="default" leftSection={<Icon name="download" size={18} />} onClick={() => downloadFile('import-preview.json', JSON.stringify(preview, undefined, 2))}>{t('many.report')}</Button></div>
        </section>
      )}
    </>
  )
}

function Running({ progress, gate }: { readonly progress: ImportJobProgress | undefined, readonly gate: Gate }) {
  const { t } = usePreferences()
  const [paused, setPaused] = useState(false)
  const { done = 0, parked = 0, total = 0, current } = progress ?? {}
  const press = (): void => {
    if (paused) gate.open()
    else gate.close()
    setPaused(!paused)
  }
  return (
    <section className="cl-card cl-section">
      <p role="status">{paused ? t('many.paused') : t('many.running', { done, total })}{parked > 0 && ` · ${t('many.parkedSoFar', { n: parked })}`}</p>
      <Progress.Root size="lg"><Progress.Section value={total === 0 ? 0 : ((done + parked) / total) * 100} aria-label={t('many.progress')} /></Progress.Root>
      <p className="cl-note cl-waiting-line">{current === undefined || paused ? '\u00a0' : t('many.now', { name: current })}</p>
      <div className="cl-decide">
        <Button variant="default" onClick={press}>{t(paused ? 'many.resume' : 'many.pause')}</Button>
        <Button variant="subtle" onClick={() => gate.end()}>{t('many.cancel')}</Button>
      </div>
      <p className="cl-note">{t('many.keep')}</p>
    </section>
  )
}

function Done({ result, onAgain }: { readonly result: ImportJobResult, readonly onAgain: () => void }) {
  const { t } = usePreferences()
  const done = result.items.filter(({ state }) => state === 'done')
  const parked = result.items.filter(({ state }) => state === 'parked')
  const sum = (values: readonly (number | undefined)[]): number => values.reduce<number>((total, value) => total + (value ?? 0), 0)
  const columns: readonly [Column<(typeof parked)[number]>, ...Column<(typeof parked)[number]>[]] = [
    { key: 'file', head: t('many.columnFile'), cell: ({ name }) => <span className="cl-code">{name}</span> },
    { key: 'reason', head: t('many.columnReason'), cell: ({ problems = [] }) => <><span lang="en">{problems[0]?.message}</span> <span className="cl-code">{problems[0]?.path}{problems[0]?.line !== undefined && ` · ${t('many.line', { n: problems[0].line })}`}</span></> },
  ]
  return (
    <section className="cl-section">
      <h2>{t(result.cancelled ? 'many.stopped' : 'many.done')}</h2>
      <p><Rich k="many.result" values={{ done: done.length, records: sum(done.map(({ records }) => records)), already: sum(done.map(({ alreadyThere }) => alreadyThere)), parked: parked.length }} /></p>
      {parked.length > 0 && <DataTable caption={t('many.parked')} dense columns={columns} rows={parked} rowKey={({ digest }) => digest} />}
      <div className="cl-decide">
        <Button onClick={onAgain}>{t('many.again')}</Button>
        <Button variant="default" leftSection={<Icon name="download" size={18} />} onClick={() => downloadFile('import-report.json', JSON.stringify(result, undefined, 2))}>{t('many.report')}</Button>
      </div>
    </section>
  )
}

function FilesDrop({ onFiles }: { readonly onFiles: (sources: readonly ImportSource[]) => void }) {
  const { t } = usePreferences()
  const id = useId()
  const [over, setOver] = useState(false)
  return (
    <div className="cl-drop" data-over={over || undefined}
      onDragOver={(event) => { event.preventDefault(); setOver(true) }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        void fromDrop(event.dataTransfer).then(onFiles)
      }}>
      <input id={id} className="cl-drop-input" type="file" multiple accept=".json,.ndjson,.zip" aria-describedby={`${id}-hint`} onChange={(event) => {
        const files = [...(event.currentTarget.files ?? [])]
        event.currentTarget.value = ''
        if (files.length > 0) onFiles(fromFiles(files))
      }} />
      <label htmlFor={id} className="cl-drop-label"><Icon name="import" size={32} /><span>{t('many.drop')}</span></label>
      <span id={`${id}-hint`} className="cl-note">{t('many.hint')}</span>
    </div>
  )
}

/** Between two bundles: open, closed for as long as somebody wishes, or ended. */
class Gate {
  #closed: Promise<void> | undefined
  #open: () => void = () => {}
  readonly #ending = new AbortController()
  get ended(): AbortSignal {
    return this.#ending.signal
  }
  close(): void {
    this.#closed ??= new Promise((resolve) => (this.#open = resolve))
  }
  open(): void {
    this.#open()
    this.#closed = undefined
  }
  end(): void {
    this.#ending.abort()
    this.open()
  }
  async wait(): Promise<void> {
    await this.#closed
  }
}

function useLeaveWarning(active: boolean): void {
  useEffect(() => {
    if (!active) return
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault()
    window.addEventListener('beforeunload', warn)
    return () => window.removeEventListener('beforeunload', warn)
  }, [active])
}
