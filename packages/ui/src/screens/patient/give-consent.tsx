import { useEffect, useRef, useState, type ReactNode } from 'react'
import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Link, useSearchParams } from 'react-router'
import { giveConsent } from '@careledger/client'
import { Page } from '../../components/page.tsx'
import { Rich } from '../../components/rich.tsx'
import { EmptyState, ErrorState, Outcome } from '../../components/states.tsx'
import { joinWords, kindName } from '../../records/kinds.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { useOperation } from '../../session/query.ts'
import { useKept } from '../../session/kept.ts'
import type { AccessRequest } from '../../session/shapes.ts'
import { useSharedFrom } from '../care/shared-from.ts'
import { WhoseRecords } from '../care/ward-name.tsx'
import { draftProblems, emptyDraft, endOf, toTerms, type ConsentDraft, type Line, type SharedFrom } from './consent-draft.ts'
import { ConsentReceipt, type GivenConsent } from './consent-receipt.tsx'
import { FromEditor, HowLongEditor, WhatEditor, WhoEditor, WhyEditor } from './consent-editors.tsx'
import { ApartWords } from '../consent/apart-words.tsx'
import { useOwnRequests } from '../identity/requests.tsx'
import { purposeChoice, purposeChoiceFor } from './purposes.ts'

/** Deciding once, on one page: five plain lines, each with its own Change; nothing is shared before the button below them. */
export function GiveConsent() {
  const { t } = usePreferences()
  const subjects = useSharedFrom()
  const [given, setGiven] = useState<GivenConsent>()
  if (given) return <ConsentReceipt given={given} onAnother={() => setGiven(undefined)} />
  return (
    <Page title={t('sharing.giveTitle')} width="read" answer={t('sharing.giveAnswer')}>
      <Outcome result={subjects} rows={5} height={72}>
        {(items) => (items.length === 0 ? <EmptyState title={t('sharing.noSubject')} why={t('sharing.noSubjectWhy')} icon="record" /> : <CheckPage subjects={items} onGiven={setGiven} />)}
      </Outcome>
    </Page>
  )
}

function CheckPage({ subjects, onGiven }: { readonly subjects: readonly SharedFrom[], readonly onGiven: (given: GivenConsent) => void }) {
  const { t } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const [search] = useSearchParams()
  const named = subjects.find(({ patient }) => patient === search.get('for'))
  const [draft, setDraft, forget] = useKept<ConsentDraft>(`consent/${search.toString()}`, { ...emptyDraft, from: named ?? (subjects.length === 1 ? subjects[0] : undefined) })
  const [open, setOpen] = useState<Line | undefined>(draft.from ? 'who' : 'from')
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const summary = useRef<HTMLDivElement>(null)
  usePreselected(setDraft)
  const request = useRequested(subjects, setDraft)
  const problems = tried ? draftProblems(draft) : []

  const share = async (): Promise<void> => {
    setTried(true)
    if (draftProblems(draft).length > 0 || !draft.from) {
      document.title = `${t('problem.title')}: ${t('sharing.giveTitle')}`
      requestAnimationFrame(() => summary.current?.focus())
      return
    }
    setBusy(true)
    setError(undefined)
    try {
      const terms = toTerms(draft, client.now())
      const receipt = await giveConsent(client, draft.from, terms)
      // The consent stands; that the request is off the list is a courtesy.
      if (request && request.asker === terms.grantee) await client.hospital.requests.answer.mutate({ id: request.id, answer: 'shared' }).catch(() => undefined)
      void queries.invalidateQueries()
      forget()
      onGiven({ receipt, terms, name: draft.who?.name ?? '', at: client.now(), from: draft.from })
    } catch (failure) {
      setError(failure)
    } finally {
      setBusy(false)
    }
  }

  const editors: Readonly<Record<Line, ReactNode>> = {
    from: <FromEditor subjects={subjects} draft={draft} onChange={setDraft} />,
    who: <WhoEditor draft={draft} onChange={(next) => { setDraft(next); if (next.who !== draft.who) setOpen('what') }} />,
    what: <WhatEditor draft={draft} onChange={setDraft} />,
    why: <WhyEditor draft={draft} onChange={setDraft} />,
    howLong: <HowLongEditor draft={draft} onChange={setDraft} />,
  }
  const lines: readonly Line[] = subjects.length > 1 ? ['from', 'who', 'what', 'why', 'howLong'] : ['who', 'what', 'why', 'howLong']

  return (
    <>
      {problems.length > 0 && (
        <div ref={summary} className="cl-problems" tabIndex={-1} role="alert">
          <h2>{t('problem.title')}</h2>
          <ul>{problems.map(({ line, words }) => <li key={line}><a href={`#line-${line}`} onClick={(event) => { event.preventDefault(); setOpen(line); document.getElementById(`line-${line}`)?.focus() }}>{t(words)}</a></li>)}</ul>
        </div>
      )}
      {draft.from?.acting !== undefined && <p className="cl-notice" role="status">{t('privacy.actingNotice')}</p>}
      {request && <p className="cl-note" role="status">{t('ask.filled', { name: request.askerName })}</p>}
      <ul className="cl-check-lines">
        {lines.map((line) => (
          <li key={line} data-open={open === line || undefined}>
            <div className="cl-check-line">
              <h2 id={`name-${line}`}>{t(`sharing.${line}`)}</h2>
              <div className="cl-check-words">
                <LineWords line={line} draft={draft} />
                {problems.some((problem) => problem.line === line) && <p className="cl-field-problem">{t(problems.find((problem) => problem.line === line)!.words)}</p>}
              </div>
              <Button id={`line-${line}`} variant="subtle" aria-expanded={open === line} aria-labelledby={`line-${line} name-${line}`} onClick={() => setOpen(open === line ? undefined : line)}>{t(open === line ? 'sharing.done' : isChosen(line, draft) ? 'sharing.change' : 'sharing.choose')}</Button>
            </div>
            {open === line && <div className="cl-check-editor" role="group" aria-labelledby={`name-${line}`}>{editors[line]}</div>}
          </li>
        ))}
        <li><div className="cl-check-line"><h2>{t('sharing.ifNo')}</h2><div className="cl-check-words"><p>{t(draft.from?.acting === undefined ? 'sharing.lineNo' : 'privacy.lineNoFor', { from: draft.from?.custodianName ?? t('sharing.fromEverywhere') })}</p></div></div></li>
      </ul>
      {error !== undefined && <ErrorState error={error} onRetry={() => void share()} />}
      <div className="cl-decide">
        <Button size="lg" onClick={() => void share()} loading={busy}>{t('sharing.give', { count: draft.days })}</Button>
        <Button size="lg" variant="default" component={Link} to={draft.from?.acting === undefined ? '/me/sharing' : '/me/care'} onClick={forget}>{t('sharing.doNot')}</Button>
        {busy && <span className="cl-note" role="status">{t('sharing.signing')}</span>}
      </div>
    </>
  )
}

/** Takes over whom to share with from "share again". */
function usePreselected(setDraft: (change: (before: ConsentDraft) => ConsentDraft) => void): void {
  const client = useClient()
  const [search] = useSearchParams()
  const party = search.get('with') ?? undefined
  const directory = useOperation(client.identity.directory, 'identity.directory', { limit: 100 }, { enabled: party !== undefined })
  const found = directory.data?.items.find((item) => item.party === party)
  useEffect(() => {
    if (found) setDraft((before) => ({ ...before, who: before.who ?? found }))
  }, [found, setDraft])
}

/** Fills the page in from a request that waits for an answer. Everything can be changed, and nothing is decided by it. */
function useRequested(subjects: readonly SharedFrom[], setDraft: (change: (before: ConsentDraft) => ConsentDraft) => void): AccessRequest | undefined {
  const [search] = useSearchParams()
  const id = search.get('request') ?? undefined
  const requests = useOwnRequests(id !== undefined)
  const request = requests.data?.items.find((item) => item.id === id)
  const [taken, setTaken] = useState<AccessRequest>()
  useEffect(() => {
    if (!request || taken) return
    setTaken(request)
    const { asker, askerName, organisationName, patient, terms } = request
    const from = subjects.find((subject) => subject.patient === patient)
    const who = { party: asker, kind: 'person', name: askerName, roles: [], ...(organisationName !== undefined && { organisationName }) } as const
    setDraft((before) => ({ ...before, from, who: { ...who, roles: [] }, what: terms.types ?? 'all', why: terms.purpose, days: terms.days, direct: terms.direct, ...(terms.from !== undefined && { since: terms.from }) }))
  }, [request, taken, subjects, setDraft])
  return taken
}

function isChosen(line: Line, draft: ConsentDraft): boolean {
  return line === 'howLong' || !draftProblems(draft).some((problem) => problem.line === line)
}

function LineWords({ line, draft }: { readonly line: Line, readonly draft: ConsentDraft }) {
  const { t, instant, clinicalDate } = usePreferences()
  const from = draft.from?.custodianName ?? t('sharing.fromEverywhere')
  if (!isChosen(line, draft)) return <p className="cl-note">{t('sharing.notChosen')}</p>
  switch (line) {
    case 'from': return draft.from ? <p><WhoseRecords of={draft.from} sentence /></p> : null
    case 'who': return <p><Rich k={draft.who?.organisationName === undefined ? 'sharing.lineWho' : 'sharing.lineWhoAt'} values={{ name: draft.who?.name ?? '', place: draft.who?.organisationName ?? '' }} /> {draft.passOn && t('privacy.linePassOn')}</p>
    case 'why': return <p>{draft.why && t((draft.from?.acting === undefined ? purposeChoice : purposeChoiceFor)(draft.why))}</p>
    case 'howLong': return <p><Rich k="sharing.lineLong" values={{ count: draft.days, date: instant(endOf(draft.days, new Date()), 'date') }} /></p>
    case 'what': {
      if (draft.what === 'all' || draft.what === undefined) return <><p><Rich k="sharing.lineAll" values={{ from }} /> {draft.but.length > 0 && t('emergency.lineBut', { kinds: joinWords(t, draft.but.map((type) => kindName(t, type))) })} {draft.direct && t('sharing.lineDirect')}</p><ApartWords shared={draft.sensitive} /></>
      const kinds = joinWords(t, draft.what.map((type) => kindName(t, type)))
      return <><p>{draft.since ? <Rich k="sharing.lineSince" values={{ kinds, from, since: clinicalDate(draft.since) }} /> : <Rich k="sharing.lineSome" values={{ kinds, from }} />}</p><ApartWords shared={draft.sensitive} /></>
    }
  }
}
