import { useMemo, useRef, useState } from 'react'
import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from 'react-router'
import { checkRecords, isProblem, sendRecords, signRecords } from '@careledger/client'
import { Facts, SourceText } from '../../../components/facts.tsx'
import { Page } from '../../../components/page.tsx'
import { EmptyState, ErrorState, Outcome } from '../../../components/states.tsx'
import { ChangesList } from '../../../records/changes-list.tsx'
import { factsInWords } from '../../../records/fact-words.ts'
import { usePreferences } from '../../../session/preferences.tsx'
import { useClient } from '../../../session/services.tsx'
import type { Receipt, WritingPlace } from '../../../session/shapes.ts'
import { DraftGuard } from './draft-guard.tsx'
import { draftPath, draftKey, useDrafts, type Draft } from './drafts.ts'
import { kindWords } from './kind-words.ts'
import { PatientLine } from './patient-line.tsx'
import { recordsOf, sourceOf, type DraftRecords } from './records-of.ts'
import { useSubmitKey } from './use-submit-key.ts'
import { useUndo } from './use-undo.ts'
import { useWriteContext, useWritePlace } from './use-write-place.ts'
import { WriteReceipt, type WrittenRecord } from './write-receipt.tsx'

/** "This is what you sign": everything ready for this patient, in words and to the byte, under one signature. */
export function CheckPage() {
  const { t } = usePreferences()
  const { patient = '' } = useParams()
  const { drafts } = useDrafts()
  const { place, summary } = useWritePlace(patient)
  const [written, setWritten] = useState<readonly WrittenRecord[]>()
  const ready = drafts.filter((draft) => draft.patient === patient && draft.ready)
  if (written !== undefined) return <WriteReceipt patient={patient} records={written} />
  return (
    <Page title={t('write.checkTitle')} width="read" answer={ready.length > 0 ? t('write.checkAnswer') : undefined}>
      <DraftGuard patient={patient}>
        <Outcome result={summary} rows={1}>{(data) => <PatientLine summary={data} />}</Outcome>
        <Outcome result={place} rows={6}>
          {(data) => (ready.length === 0
            ? <EmptyState title={t('write.nothingReady')} why={t('write.nothingReadyWhy')} icon="file" action={<Button component={Link} to={`/patients/${patient}/timeline`}>{t('write.back')}</Button>} />
            : <ToSign patient={patient} drafts={ready} place={data} onWritten={setWritten} />)}
        </Outcome>
      </DraftGuard>
    </Page>
  )
}

type Stage =
  | { readonly name: 'looking' | 'signing' | 'sending' }
  | { readonly name: 'failed', readonly error: unknown }

function ToSign({ patient, drafts, place, onWritten }: { readonly patient: string, readonly drafts: readonly Draft[], readonly place: WritingPlace, readonly onWritten: (records: readonly WrittenRecord[]) => void }) {
  const { t } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const contextOf = useWriteContext()
  const { remove } = useDrafts()
  const [stage, setStage] = useState<Stage>({ name: 'looking' })
  const region = useRef<HTMLDivElement>(null)
  const key = drafts.map(draftKey).join(' ')
  // Built once: ids and times on the page are those that are signed.
  const all = useMemo(() => drafts.map((draft) => recordsOf(draft, contextOf(place))), [key])
  const undo = useUndo()

  const send = async (entries: Awaited<ReturnType<typeof signRecords>>): Promise<void> => {
    setStage({ name: 'sending' })
    try {
      const receipts = await sendRecords(client, { patient }, entries)
      onWritten(writtenOf(all, receipts))
      remove(drafts)
      void queries.invalidateQueries()
    } catch (error) {
      setStage({ name: 'failed', error })
      requestAnimationFrame(() => region.current?.focus())
    }
  }
  const sign = async (): Promise<void> => {
    setStage({ name: 'signing' })
    try {
      const records = all.flatMap((one) => one.records)
      const { problems } = await checkRecords(client, { patient }, records)
      if (problems.length > 0) throw Object.assign(new Error('The resources would be refused.'), { name: 'Problem', code: 'SAFETY_CHECK', details: { problems } })
      const entries = await signRecords(client, { patient, subject: place.subject, custodian: place.custodian }, records)
      setStage({ name: 'looking' })
      undo.start(() => void send(entries))
    } catch (error) {
      setStage({ name: 'failed', error })
      requestAnimationFrame(() => region.current?.focus())
    }
  }
  useSubmitKey(() => { if (stage.name !== 'sending' && stage.name !== 'signing') (undo.seconds === undefined ? () => void sign() : undo.now)() })

  const busy = stage.name === 'signing' || stage.name === 'sending'
  return (
    <>
      <ol className="cl-write-list">
        {all.map((one) => <ReadyDraft key={draftKey(one.draft)} one={one} locked={busy || undo.seconds !== undefined} onRemove={() => remove([one.draft])} />)}
      </ol>
      <p className="cl-note">{t('write.signNote')}</p>
      <div ref={region} tabIndex={-1} className="cl-region">
        {stage.name === 'failed' && (isStale(stage.error) ? <Stale patient={patient} error={stage.error} drafts={drafts} onDiscard={remove} /> : <><ErrorState error={stage.error} onRetry={() => void sign()} /><Places error={stage.error} /></>)}
      </div>
      {stage.name === 'failed' && isStale(stage.error) ? null : undo.seconds === undefined
        ? (
          <div className="cl-decide">
            <Button size="lg" onClick={() => void sign()} loading={busy}>{t('write.sign', { count: all.flatMap(({ records }) => records).length })}</Button>
            <Button size="lg" variant="default" component={Link} to={`/patients/${patient}/timeline`}>{t('write.notYet')}</Button>
            <span className="cl-note" role="status">{stage.name === 'signing' ? t('write.signing') : stage.name === 'sending' ? t('write.sending') : ''}</span>
          </div>
        )
        : (
          <div className="cl-undo" role="group" aria-label={t('write.undoTitle')}>
            <p role="status">{t('write.undoTitle')}</p>
            <p className="cl-note" aria-hidden="true">{t('write.undoIn', { count: undo.seconds })}</p>
            <div className="cl-decide">
              <Button size="lg" ref={takeFocus} onClick={undo.cancel}>{t('write.undo')}</Button>
              <Button size="lg" variant="default" onClick={undo.now}>{t('write.sendNow')}</Button>
            </div>
          </div>
        )}
    </>
  )
}

/** Once, when it appears. */
function takeFocus(button: HTMLButtonElement | null): void {
  button?.focus({ preventScroll: false })
}

/** What the server named, place by place. */
function Places({ error }: { readonly error: unknown }) {
  const { details } = error as { readonly details?: { readonly problems?: readonly { readonly path: string, readonly message: string }[] } }
  if (details?.problems === undefined) return null
  return <ul lang="en">{details.problems.map(({ path, message }) => <li key={`${path} ${message}`}><code>{path}</code> {message}</li>)}</ul>
}

function ReadyDraft({ one, locked, onRemove }: { readonly one: DraftRecords, readonly locked: boolean, readonly onRemove: () => void }) {
  const preferences = usePreferences()
  const { t } = preferences
  const { draft, facts, amended } = one
  const kind = t(kindWords[draft.kind].title)
  const title = draft.former === undefined ? kind : draft.withdraw === true ? t('write.withdrawTitle') : draft.stop !== undefined ? t('write.stopTitle') : t('write.amendTitle', { kind })
  const inWords = (lists: typeof facts) => lists.map((list, index) => <Facts key={index} facts={factsInWords(list, preferences)} />)
  return (
    <li className="cl-card cl-section">
      <div className="cl-section-head"><h2>{title}</h2>{one.records.length > 1 && <span className="cl-note">{t('write.recordsIn', { count: one.records.length })}</span>}</div>
      {draft.former !== undefined && <p className="cl-note">{t(draft.withdraw === true ? 'write.withdrawing' : draft.stop !== undefined ? 'write.stopping' : 'write.amending', { title: draft.former.title })}</p>}
      {amended !== undefined && <><h3>{t('changes.title')}</h3><ChangesList before={amended.before} after={amended.after} /></>}
      {/* The last resource of an amendment says why. */}
      {inWords(amended === undefined ? facts : facts.slice(-1))}
      {amended !== undefined && <details className="cl-raw"><summary>{t('changes.whole')}</summary>{inWords(facts.slice(0, -1))}</details>}
      <details className="cl-raw"><summary>{t('write.bytes')}</summary><SourceText text={sourceOf(one)} label={t('write.bytes')} /></details>
      {!locked && (
        <div className="cl-decide">
          <Button variant="default" component={Link} to={draftPath(draft)} aria-label={t('write.changeOf', { title })}>{t('write.change2')}</Button>
          <Button variant="subtle" onClick={onRemove} aria-label={t('write.discardOf', { title })}>{t('write.discard')}</Button>
        </div>
      )}
    </li>
  )
}

/** Somebody was first. The draft stays until its author has looked. */
function Stale({ patient, error, drafts, onDiscard }: { readonly patient: string, readonly error: unknown, readonly drafts: readonly Draft[], readonly onDiscard: (drafts: readonly Draft[]) => void }) {
  const { t } = usePreferences()
  const replacedBy = (error as { readonly details: { readonly replacedBy?: string } }).details.replacedBy
  const amending = drafts.filter(({ former }) => former !== undefined)
  return (
    <EmptyState icon="again" title={t('write.staleTitle')} why={t('write.staleWhy')} action={(
      <div className="cl-decide">
        <Button component={Link} to={`/patients/${patient}/timeline${replacedBy === undefined ? '' : `?record=${replacedBy}`}`}>{t('record.replacedOpen')}</Button>
        <Button variant="default" onClick={() => onDiscard(amending)}>{t('write.staleDiscard')}</Button>
      </div>
    )} />
  )
}

function isStale(error: unknown): boolean {
  return isProblem(error) && error.code === 'STALE'
}

function writtenOf(all: readonly DraftRecords[], receipts: readonly Receipt[]): readonly WrittenRecord[] {
  let at = 0
  return all.flatMap(({ records, draft, titles }) => records.map(({ replaces }, place) => ({ title: titles[place] ?? '', receipt: receipts[at++] as Receipt, kind: draft.kind, what: replaces === undefined ? (draft.former === undefined ? 'written' as const : 'reason' as const) : draft.withdraw === true ? 'withdrawn' as const : draft.stop !== undefined ? 'stopped' as const : 'amended' as const })))
}
