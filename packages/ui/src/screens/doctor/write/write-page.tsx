import { useEffect, useMemo, useRef, useState, type FormEvent } from 'react'
import { Button } from '@mantine/core'
import { Link, useLocation, useNavigate, useParams, useSearchParams } from 'react-router'
import { canStop, formerResource, kindOfType, STOPPED_STATUSES, WRITE_KINDS, type Drafts, type StoppedStatus, type WriteKind } from '@careledger/client'
import { fromBase64url } from '@careledger/proof'
import { Page } from '../../../components/page.tsx'
import { EmptyState, ErrorState, LoadingState, Outcome } from '../../../components/states.tsx'
import { withUnits } from '../../../records/units.ts'
import { usePreferences } from '../../../session/preferences.tsx'
import { useClient } from '../../../session/services.tsx'
import { useOperation } from '../../../session/query.ts'
import type { RecordRead, WritingPlace } from '../../../session/shapes.ts'
import { DraftGuard } from './draft-guard.tsx'
import { draftProblems, type DraftProblem } from './draft-problems.ts'
import { draftKey, useDrafts, type Draft } from './drafts.ts'
import { ErrorSummary } from './error-summary.tsx'
import { FormProvider } from './fields.tsx'
import { FormOf } from './form-of.tsx'
import { isKind, kindWords } from './kind-words.ts'
import { PatientLine } from './patient-line.tsx'
import { ReasonFields } from './reason-fields.tsx'
import { acknowledgementsOf } from './safety.ts'
import { StopFields } from './stop-fields.tsx'
import { VisitField } from './visit-field.tsx'
import { useSafety } from './use-safety.ts'
import { useSubmitKey } from './use-submit-key.ts'
import { useWritePlace } from './use-write-place.ts'

/** One form for one record. What is typed stays in memory until it is signed and sent, or discarded. */
export function WritePage() {
  const { t } = usePreferences()
  const { patient = '', kind } = useParams()
  const [search] = useSearchParams()
  const replaces = search.get('replaces') ?? undefined
  const [withdraw, stop] = [kind === 'withdraw', kind === 'stop']
  const { place, summary } = useWritePlace(patient)
  if (!isKind(kind) && !withdraw && !stop) return <Page title={t('shell.notFoundTitle')} width="read"><EmptyState title={t('shell.notFoundTitle')} why={t('shell.notFoundWhy')} icon="search" /></Page>
  const title = withdraw ? t('write.withdrawTitle') : stop ? t('write.stopTitle') : t(replaces === undefined ? kindWords[kind as WriteKind].title : 'write.amendTitle', replaces === undefined ? undefined : { kind: t(kindWords[kind as WriteKind].title) })
  return (
    <Page key={`${patient}/${kind}/${replaces ?? ''}`} title={title} width="read" answer={t('write.answer')}>
      <DraftGuard patient={patient}>
        <Outcome result={summary} rows={1}>{(data) => <PatientLine summary={data} />}</Outcome>
        <Outcome result={place} rows={6}>
          {(data) => {
            if (isKind(kind) && !data.types.includes(WRITE_KINDS[kind].type)) return <EmptyState title={t('state.roleRefusedTitle')} why={t('write.roleRefused')} icon="lock" />
            if (replaces === undefined) return isKind(kind) ? <NewRecord key={kind} patient={patient} kind={kind} place={data} /> : null
            return <Amending patient={patient} act={kind as WriteKind | 'withdraw' | 'stop'} replaces={replaces} place={data} />
          }}
        </Outcome>
      </DraftGuard>
    </Page>
  )
}

function NewRecord({ patient, kind, place }: { readonly patient: string, readonly kind: WriteKind, readonly place: WritingPlace }) {
  // What another screen hands over stands in the page's memory, never in the address.
  const { state } = useLocation() as { readonly state: { readonly taking?: Drafts['taking'] } | null }
  const [first] = useState((): Draft => ({ patient, kind, seed: crypto.randomUUID(), content: (kind === 'taking' ? state?.taking : undefined) ?? WRITE_KINDS[kind].empty, answered: {}, ready: false }))
  return <Form first={first} place={place} />
}

/** Reads the record that is to be amended, stopped or withdrawn first. */
function Amending({ patient, act, replaces, place }: { readonly patient: string, readonly act: WriteKind | 'withdraw' | 'stop', readonly replaces: string, readonly place: WritingPlace }) {
  const { t } = usePreferences()
  const client = useClient()
  const record = useOperation(client.hospital.records.read, 'hospital.records.read', { id: replaces })
  const first = useMemo(() => (record.data === undefined ? undefined : amendingDraft(patient, act, record.data)), [record.data, patient, act])
  if (record.error !== null && record.data === undefined) return <ErrorState error={record.error} onRetry={() => void record.refetch()} />
  if (record.data === undefined) return <LoadingState rows={6} />
  if (record.data.item.replacedBy !== undefined) return <EmptyState title={t('write.replacedTitle')} why={t('write.replacedWhy')} icon="again" action={<Button component={Link} to={`/patients/${patient}/timeline?record=${record.data.item.replacedBy}`}>{t('record.replacedOpen')}</Button>} />
  if (first === undefined) return <EmptyState title={t('write.cannotAmend')} why={t('write.cannotAmendWhy')} icon="file" />
  return <Form first={first} place={place} />
}

function amendingDraft(patient: string, act: WriteKind | 'withdraw' | 'stop', { item, opening }: RecordRead): Draft | undefined {
  const former = { entry: item.id, bytes: fromBase64url(opening.payload), title: withUnits(item.title) }
  const own = kindOfType(item.type)
  const base = { patient, seed: crypto.randomUUID(), former, reason: { code: '', text: '' }, answered: {}, ready: false } as const
  if (act === 'withdraw') return { ...base, kind: own ?? 'note', content: WRITE_KINDS[own ?? 'note'].empty, withdraw: true }
  if (act === 'stop') return own === undefined || !canStop(item.type, item.status) ? undefined : { ...base, kind: own, content: WRITE_KINDS[own].empty, stop: STOPPED_STATUSES[item.type]?.[0] as StoppedStatus, reason: { code: 'changed', text: '' } }
  const content = own === act ? WRITE_KINDS[act].read(formerResource(former)) : undefined
  return content === undefined ? undefined : { ...base, kind: act, content }
}

function Form({ first, place }: { readonly first: Draft, readonly place: WritingPlace }) {
  const { t } = usePreferences()
  const navigate = useNavigate()
  const { drafts, put, remove } = useDrafts()
  const kept = drafts.find((one) => draftKey(one) === draftKey(first) && one.withdraw === first.withdraw && (one.stop === undefined) === (first.stop === undefined))
  const draft = kept ?? first
  const [shown, setShown] = useState<readonly DraftProblem[]>([])
  const [tried, setTried] = useState(false)
  const summary = useRef<HTMLDivElement>(null)
  useFirstField()

  const at = drafts.indexOf(draft)
  const earlier = drafts.filter((one, index) => one.patient === draft.patient && one.ready && one !== draft && (at === -1 || index < at))
  const safety = useSafety(draft, earlier, place)
  const [checking, setChecking] = useState(false)
  const [failed, setFailed] = useState<unknown>()
  const today = new Date().toISOString().slice(0, 10)
  const all = draftProblems(draft, safety.issues, today)
  // What was mended disappears at once; nothing new is said before the field is left.
  const problems = shown.filter(({ field, words }) => all.some((one) => one.field === field && one.words === words))
  const change = (next: Partial<Draft>): void => put({ ...draft, ...next, ready: false })
  const leave = (field: string): void => setShown((before) => [...before.filter((one) => one.field !== field), ...all.filter((one) => one.field === field)])
  const answer = (key: string, words: string | undefined): void => {
    const { [key]: _gone, ...others } = draft.answered
    change({ answered: words === undefined ? others : { ...others, [key]: words } })
  }
  const submit = async (event?: FormEvent): Promise<void> => {
    event?.preventDefault()
    if (checking) return
    setChecking(true)
    setFailed(undefined)
    const issues = await safety.now().catch((error: unknown) => {
      setFailed(error)
      return undefined
    })
    setChecking(false)
    if (issues === undefined) return
    const found = draftProblems(draft, issues, today)
    setShown(found)
    setTried(true)
    if (found.length > 0) {
      document.title = `${t('problem.title')}: ${document.title.replace(/^.*: /, '')}`
      requestAnimationFrame(() => summary.current?.focus())
      return
    }
    put({ ...draft, acknowledged: acknowledgementsOf(issues, draft), ready: true })
    void navigate(`/patients/${draft.patient}/write/check`)
  }
  useSubmitKey(() => void submit())
  const back = `/patients/${draft.patient}/timeline${draft.former === undefined ? '' : `?record=${draft.former.entry}`}`

  return (
    <FormProvider value={{ problems, onLeave: leave }}>
      {failed !== undefined && <ErrorState error={failed} onRetry={() => void submit()} />}
      <ErrorSummary problems={tried ? problems : []} summary={summary} />
      <form className="cl-card cl-section cl-write-form" onSubmit={(event) => void submit(event)} noValidate>
        {draft.former !== undefined && <p className="cl-notice">{t(draft.withdraw === true ? 'write.withdrawing' : draft.stop !== undefined ? 'write.stopping' : 'write.amending', { title: draft.former.title })}</p>}
        {draft.withdraw !== true && draft.stop === undefined && <FormOf draft={draft} place={place} issues={safety.issues} onChange={(content) => change({ content })} onAnswer={answer} />}
        <StopFields draft={draft} onChange={(stop) => change({ stop })} />
        {draft.former === undefined && place.encounters.length > 0 && <VisitField draft={draft} place={place} onChange={(encounter) => change({ encounter })} />}
        {draft.former !== undefined && <ReasonFields reason={draft.reason ?? { code: '', text: '' }} onChange={(reason) => change({ reason })} />}
      </form>
      <div className="cl-decide">
        <Button size="lg" onClick={() => void submit()} loading={checking}>{t('write.toCheck')}</Button>
        {kept === undefined
          ? <Button size="lg" variant="default" component={Link} to={back}>{t('write.back')}</Button>
          : <Button size="lg" variant="default" onClick={() => { remove([draft]); void navigate(back) }}>{t('write.discard')}</Button>}
        <span className="cl-note">{kept === undefined ? <><kbd className="cl-kbd">Ctrl Enter</kbd> {t('write.keys')}</> : t('write.unsaved')}</span>
      </div>
    </FormProvider>
  )
}

/** The first field takes the focus once: who opened the form wants to type. */
function useFirstField(): void {
  useEffect(() => {
    requestAnimationFrame(() => document.querySelector<HTMLElement>('.cl-write-form input, .cl-write-form textarea, .cl-write-form select')?.focus({ preventScroll: true }))
  }, [])
}
