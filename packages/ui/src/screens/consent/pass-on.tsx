import { useState } from 'react'
import { Button, Checkbox, NativeSelect, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from 'react-router'
import { passOn, takeBack, termsInWords } from '@careledger/client'
import { Page, Section } from '../../components/page.tsx'
import { EmptyState, ErrorState, Outcome } from '../../components/states.tsx'
import { KINDS, kindName } from '../../records/kinds.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { problemCode } from '../../session/problem.ts'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import type { PassingPlace } from '../../session/shapes.ts'
import { WhoEditor } from '../patient/consent-editors.tsx'
import { emptyDraft, endOf } from '../patient/consent-draft.ts'

const DAYS = [7, 30, 90] as const

/** A grantee names another, within what the patient shares and for no longer; and takes that back. */
export function PassOn() {
  const { t } = usePreferences()
  const { patient = '' } = useParams()
  const client = useClient()
  const place = useOperation(client.hospital.passing.prepare, 'hospital.passing.prepare', { patient })
  const none = place.error !== null && problemCode(place.error) === 'NOT_ALLOWED'
  return (
    <Page title={t('privacy.passTitle')} width="read" answer={t('privacy.passAnswer')}>
      {none ? <EmptyState icon="lock" title={t('privacy.passNone')} why={t('privacy.passNoneWhy')} action={<Button component={Link} variant="default" to={`/patients/${patient}`}>{t('shell.back')}</Button>} />
        : <Outcome result={place} rows={6}>{(data) => data.items.map((item) => <Passing key={item.consent} place={data} item={item} />)}</Outcome>}
    </Page>
  )
}

type Item = PassingPlace['items'][number]

function Passing({ place, item }: { readonly place: PassingPlace, readonly item: Item }) {
  const { t, language, instant } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const [done, setDone] = useState<'privacy.passed' | 'privacy.taken'>()
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState<string>()
  const run = async (name: string, change: () => Promise<unknown>, said: 'privacy.passed' | 'privacy.taken'): Promise<boolean> => {
    setBusy(name)
    setDone(undefined)
    setError(undefined)
    try {
      await change()
      setDone(said)
      await queries.invalidateQueries()
      return true
    } catch (failure) {
      setError(failure)
      return false
    } finally {
      setBusy(undefined)
    }
  }
  return (
    <Section title={t('privacy.passWhat')}>
      {termsInWords(item.terms, { language, typeName: (type) => kindName(t, type), instant: (at) => instant(at, 'date'), you: false }).map((sentence) => <p key={sentence} className="cl-note">{sentence}</p>)}
      {done !== undefined && <p className="cl-notice" role="status">{t(done)}</p>}
      {error !== undefined && <ErrorState error={error} />}
      {item.passed.length > 0 && (
        <ul className="cl-lines" aria-label={t('privacy.passedList')}>
          {item.passed.map(({ id, granteeName, terms }) => (
            <li key={id} className="cl-line"><div>
              <strong>{granteeName}</strong><span className="cl-note">{t('privacy.untilDate', { date: instant(terms.expires, 'date') })}</span>
              <div className="cl-decide"><Button variant="default" loading={busy === id} aria-label={t('privacy.takeBackOf', { name: granteeName })} onClick={() => void run(id, () => takeBack(client, place, id), 'privacy.taken')}>{t('privacy.takeBack')}</Button></div>
            </div></li>
          ))}
        </ul>
      )}
      <PassForm item={item} busy={busy === 'new'} onPass={(terms) => run('new', () => passOn(client, place, { consent: item.consent, ...terms }), 'privacy.passed')} />
    </Section>
  )
}

function PassForm({ item: { terms }, busy, onPass }: { readonly item: Item, readonly busy: boolean, readonly onPass: (terms: { readonly grantee: string, readonly types?: string[], readonly expires: string }) => Promise<boolean> }) {
  const { t } = usePreferences()
  const client = useClient()
  const [draft, setDraft] = useState(emptyDraft)
  const [types, setTypes] = useState<readonly string[]>([])
  const [days, setDays] = useState<number>(30)
  const [problem, setProblem] = useState(false)
  const kinds = terms.types ?? KINDS
  const submit = async (): Promise<void> => {
    setProblem(draft.who === undefined)
    if (draft.who === undefined) return
    const wished = endOf(days, client.now()).toISOString()
    const passed = await onPass({ grantee: draft.who.party, expires: wished < terms.expires ? wished : terms.expires, ...(types.length > 0 && { types: [...types] }) })
    if (passed) setDraft(emptyDraft)
  }
  return (
    <form className="cl-form cl-form-open" noValidate onSubmit={(event) => { event.preventDefault(); void submit() }}>
      <WhoEditor draft={draft} onChange={setDraft} once />
      {draft.who !== undefined && <TextInput label={t('privacy.passTo')} value={draft.who.organisationName === undefined ? draft.who.name : `${draft.who.name}, ${draft.who.organisationName}`} readOnly />}
      {problem && <p className="cl-field-problem" role="alert">{t('sharing.problemWho')}</p>}
      <Checkbox.Group label={t('privacy.passTypes')} description={t('privacy.passTypesHint')} value={[...types]} onChange={setTypes}>
        <div className="cl-kinds">{kinds.map((kind) => <Checkbox key={kind} value={kind} label={kindName(t, kind)} />)}</div>
      </Checkbox.Group>
      <NativeSelect label={t('sharing.howLong')} description={t('privacy.passDaysHint')} value={String(days)} data={DAYS.map((count) => ({ value: String(count), label: t(`sharing.days${count}`) }))} onChange={(event) => setDays(Number(event.currentTarget.value))} />
      <div className="cl-decide"><Button type="submit" loading={busy}>{t('privacy.pass')}</Button></div>
    </form>
  )
}
