import { useEffect, useMemo, useRef, useState, type FormEvent } from 'react'
import { Button } from '@mantine/core'
import { Link, useNavigate, useParams, useSearchParams } from 'react-router'
import { kindOfType, WRITE_KINDS, formerResource, type WriteKind } from '@careledger/client'
import { fromBase64url } from '@careledger/proof'
import { Page } from '../../../components/page.tsx'
import { EmptyState, ErrorState, LoadingState, Outcome } from '../../../components/states.tsx'
import { withUnits } from '../../../records/units.ts'
import { usePreferences } from '../../../session/preferences.tsx'
import { useClient } from '../../../session/services.tsx'
import { useOperation } from '../../../session/query.ts'
import type { RecordRead, WritingPlace } from '../../../session/shapes.ts'
import { DraftGuard, useLeaveWarning } from './draft-guard.tsx'
import { draftProblems, type DraftProblem } from './draft-problems.ts'
import { draftKey, useDrafts, type Draft } from './drafts.ts'
import { ErrorSummary } from './error-summary.tsx'
import { FormProvider } from './fields.tsx'
import { FormOf } from './form-of.tsx'
import { isKind, kindWords } from './kind-words.ts'
import { PatientLine } from './patient-line.tsx'
import { ReasonFields } from './reason-fields.tsx'
import { VisitField } from './visit-field.tsx'
import { useSubmitKey } from './use-submit-key.ts'
import { useWritePlace } from './use-write-place.ts'

/** One form for one record. What is typed stays in memory until it is signed and sent, or discarded. */
export function WritePage() {
  const { t } = usePreferences()
  const { patient = '', kind } = useParams()
  const [search] = useSearchParams()
  const replaces = search.get('replaces') ?? undefined
  const withdraw = kind === 'withdraw'
  const { place, summary } = useWritePlace(patient)
  if (!isKind(kind) && !withdraw) return <Page title={t('shell.notFoundTitle')} width="read"><EmptyState title={t('shell.notFoundTitle')} why={t('shell.notFoundWhy')} icon="search" /></Page>
  const title = withdraw ? t('write.withdrawTitle') : t(replaces === undefined ? kindWords[kind as WriteKind].title : 'write.amendTitle', replaces === undefined ? undefined : { kind: t(kindWords[kind as WriteKind].title) })
  return (
    <Page key={`${patient}/${kind}/${replaces ?? ''}`} title={title} width="read" answer={t('write.answer')}>
      <DraftGuard patient={patient}>
        <Outcome result={summary} rows={1}>{(data) => <PatientLine summary={data} />}</Outcome>
        <Outcome result={place} rows={6}>
          {(data) => {
            if (!withdraw && !data.types.includes(WRITE_KINDS[kind as WriteKind].type)) return <EmptyState title={t('state.roleRefusedTitle')} why={t('write.roleRefused')} icon="lock" />
            if (replaces === undefined) return withdraw ? null : <Form first={newDraft(patient, kind as WriteKind)} place={data} />
            return <Amending patient={patient} kind={withdraw ? undefined : (kind as WriteKind)} replaces={replaces} place={data} />
          }}
        </Outcome>
      </DraftGuard>
    </Page>
  )
}

function newDraft(patient: string, kind: WriteKind): Draft {
  return { patient, kind, content: WRITE_KINDS[kind].empty, answered: {}, ready: false }
}

/** Reads the record that is to be amended or withdrawn first. */
function Amending({ patient, kind, replaces, place }: { readonly patient: string, readonly kind: WriteKind | undefined, readonly replaces: string, readonly place: WritingPlace }) {
  const { t } = usePreferences()
  const client = useClient()
  const record = useOperation(client.hospital.records.read, 'hospital.records.read', { id: replaces })
  const first = useMemo(() => (record.data === undefined ? undefined : amendingDraft(patient, kind, record.data)), [record.data, patient, kind])
  if (record.error !== null && record.data === undefined) return <ErrorState error={record.error} onRetry={() => void record.refetch()} />
  if (record.data === undefined) return <LoadingState rows={6} />
  if (record.data.item.replacedBy !== undefined) return <EmptyState title={t('write.replacedTitle')} why={t('write.replacedWhy')} icon="again" action={<Button component={Link} to={`/patients/${patient}/timeline?record=${record.data.item.replacedBy}`}>{t('record.replacedOpen')}</Button>} />
  if (first === undefined) return <EmptyState title={t('write.cannotAmend')} why={t('write.cannotAmendWhy')} icon="file" />
  return <Form first={first} place={place} />
}

function amendingDraft(patient: string, kind: WriteKind | undefined, { item, opening }: RecordRead): Draft | undefined {
  const former = { entry: item.id, bytes: fromBase64url(opening.payload), title: withUnits(item.title) }
  const own = kindOfType(item.type)
  const base = { patient, former, reason: { code: '', text: '' }, answered: {}, ready: false } as const
  if (kind === undefined) return { ...base, kind: own ?? 'note', content: WRITE_KINDS[own ?? 'note'].empty, withdraw: true }
  const content = own === kind ? WRITE_KINDS[kind].read(formerResource(former)) : undefined
  return content === undefined ? undefined : { ...base, kind, content }
}

function Form({ first, place }: { readonly first: Draft, readonly place: WritingPlace }) {
  const { t } = usePreferences()
  const navigate = useNavigate()
  const { drafts, put, remove } = useDrafts()
  const kept = drafts.find((one) => draftKey(one) === draftKey(first) && one.withdraw === first.withdraw)
  const draft = kept ?? first
  const [shown, setShown] = useState<readonly DraftProblem[]>([])
  const [tried, setTried] = useState(false)
  const summary = useRef<HTMLDivElement>(null)
  useLeaveWarning(kept !== undefined)
  useFirstField()

  const all = draftProblems(draft, place, new Date().toISOString().slice(0, 10))
  // What was mended disappears at once; nothing new is said before the field is left.
  const problems = shown.filter(({ field, words }) => all.some((one) => one.field === field && one.words === words))
  const change = (next: Partial<Draft>): void => put({ ...draft, ...next, ready: false })
  const leave = (field: string): void => setShown((before) => [...before.filter((one) => one.field !== field), ...all.filter((one) => one.field === field)])
  const answer = (key: string, words: string | undefined): void => {
    const { [key]: _gone, ...others } = draft.answered
    change({ answered: words === undefined ? others : { ...others, [key]: words } })
  }
  const submit = (event?: FormEvent): void => {
    event?.preventDefault()
    setShown(all)
    setTried(true)
    if (all.length > 0) {
      document.title = `${t('problem.title')}: ${document.title.replace(/^.*: /, '')}`
      requestAnimationFrame(() => summary.current?.focus())
      return
    }
    put({ ...draft, ready: true })
    void navigate(`/patients/${draft.patient}/write/check`)
  }
  useSubmitKey(submit)
  const back = `/patients/${draft.patient}/timeline${draft.former === undefined ? '' : `?record=${draft.former.entry}`}`

  return (
    <FormProvider value={{ problems, onLeave: leave }}>
      <ErrorSummary problems={tried ? problems : []} summary={summary} />
      <form className="cl-card cl-section cl-write-form" onSubmit={submit} noValidate>
        {draft.former !== undefined && <p className="cl-notice">{t(draft.withdraw === true ? 'write.withdrawing' : 'write.amending', { title: draft.former.title })}</p>}
        {draft.withdraw !== true && <FormOf draft={draft} place={place} onChange={(content) => change({ content })} onAnswer={answer} />}
        {draft.former === undefined && place.encounters.length > 0 && <VisitField draft={draft} place={place} onChange={(encounter) => change({ encounter })} />}
        {draft.former !== undefined && <ReasonFields reason={draft.reason ?? { code: '', text: '' }} onChange={(reason) => change({ reason })} />}
      </form>
      <div className="cl-decide">
        <Button size="lg" onClick={() => submit()}>{t('write.toCheck')}</Button>
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
