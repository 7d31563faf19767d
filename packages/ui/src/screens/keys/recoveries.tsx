import { useState } from 'react'
import { Button, Checkbox, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { enrolRecovered, requestRecovery, stopRecovery, type AskingDevice } from '@careledger/client'
import { keyCode } from '@careledger/proof'
import { Page, Section } from '../../components/page.tsx'
import { Rich } from '../../components/rich.tsx'
import { EmptyState, ErrorState, Outcome } from '../../components/states.tsx'
import type { WordKey } from '../../i18n/translate.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { problemCode } from '../../session/problem.ts'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import { useSession } from '../../session/session.tsx'
import type { AskedRecovery, DirectoryItem } from '../../session/shapes.ts'
import { EnterCode } from './add-device.tsx'

/** An organisation lets its own people in again, and the platform patients: never at once, told to the person, and theirs to stop. */
export function Recoveries() {
  const { t } = usePreferences()
  const client = useClient()
  const { actor } = useSession()
  const asked = useOperation(client.identity.recovery.asked, 'identity.recovery.asked', {}, { refetchMs: 15_000 })
  const platform = actor?.roles.includes('operator') === true
  const waiting = asked.data?.items.filter(({ state }) => state === 'waiting' || state === 'ready').length
  return (
    <Page title={t('privacy.recoverTitle')} width="read" answer={waiting === undefined ? '\u00a0' : waiting === 0 ? t('privacy.recoverNone') : <Rich k="privacy.recoverAnswer" values={{ count: waiting }} />}>
      <Begin platform={platform} />
      <Section title={t('privacy.recoverList')}>
        <Outcome result={asked} rows={3}>
          {({ items }) => (items.length === 0 ? <EmptyState icon="key" title={t('privacy.recoverNone')} why={t('privacy.recoverNoneWhy')} /> : <ul className="cl-lines">{items.map((item) => <Line key={item.id} item={item} />)}</ul>)}
        </Outcome>
      </Section>
    </Page>
  )
}

/** Who, that one has seen who they are, and the code of their new device. */
function Begin({ platform }: { readonly platform: boolean }) {
  const { t } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const [party, setParty] = useState('')
  const [known, setKnown] = useState(false)
  const [step, setStep] = useState<'who' | 'code' | 'begun'>('who')
  const [problem, setProblem] = useState<'recovery.problemNumbers' | 'privacy.recoverProof' | 'privacy.recoverUnknown'>()
  const [error, setError] = useState<unknown>()
  const next = (): void => {
    const missing = !/^[a-z0-9][a-z0-9-]{0,63}$/.test(party.trim()) ? 'recovery.problemNumbers' : known ? undefined : 'privacy.recoverProof'
    setProblem(missing)
    if (missing === undefined) setStep('code')
  }
  const begin = async ({ jwk }: AskingDevice): Promise<void> => {
    setError(undefined)
    try {
      await requestRecovery(client, { party: party.trim(), key: jwk })
      setStep('begun')
      setParty('')
      setKnown(false)
      await queries.invalidateQueries()
    } catch (failure) {
      setStep('who')
      if (problemCode(failure) === 'NOT_ALLOWED') setProblem('privacy.recoverUnknown')
      else setError(failure)
    }
  }
  return (
    <Section title={t('privacy.recoverBegin')}>
      {step === 'begun' && <p className="cl-notice" role="status">{t('privacy.recoverBegun')}</p>}
      <p>{t(platform ? 'privacy.recoverWhatPlatform' : 'privacy.recoverWhat')}</p>
      {error !== undefined && <ErrorState error={error} />}
      {step === 'code' ? <><p>{t('privacy.recoverCode')}</p><EnterCode submit={t('privacy.recoverAsk')} onFound={(device) => void begin(device)} onBack={() => setStep('who')} /></> : (
        <form className="cl-form cl-form-open" noValidate onSubmit={(event) => { event.preventDefault(); next() }}>
          <TextInput label={t('privacy.recoverParty')} description={t(platform ? 'privacy.recoverPartyHint' : 'privacy.recoverStaffHint')} value={party} maxLength={64} autoComplete="off" spellCheck={false} onChange={(event) => setParty(event.currentTarget.value)} error={(problem === 'recovery.problemNumbers' || problem === 'privacy.recoverUnknown') && t(problem)} />
          {!platform && <Staff chosen={party} onChoose={setParty} />}
          <Checkbox label={t('privacy.recoverSeen')} checked={known} onChange={(event) => setKnown(event.currentTarget.checked)} error={problem === 'privacy.recoverProof' && t(problem)} />
          <div className="cl-decide"><Button type="submit">{t('privacy.recoverNext')}</Button></div>
        </form>
      )}
    </Section>
  )
}

/** People of the caller's organisation, to choose instead of typing. */
function Staff({ chosen, onChoose }: { readonly chosen: string, readonly onChoose: (party: string) => void }) {
  const { t } = usePreferences()
  const client = useClient()
  const { actor } = useSession()
  const [text, setText] = useState('')
  const found = useOperation(client.identity.directory, 'identity.directory', { limit: 50, text: text.trim() }, { keep: true, enabled: text.trim() !== '' })
  const own = (item: DirectoryItem): boolean => item.kind === 'person' && item.party !== actor?.party && item.organisation !== undefined && item.organisation === (actor?.kind === 'organisation' ? actor.party : actor?.organisation)
  const items = text.trim() === '' ? [] : (found.data?.items.filter(own) ?? [])
  return (
    <>
      <TextInput label={t('privacy.recoverFind')} value={text} autoComplete="off" onChange={(event) => setText(event.currentTarget.value)} />
      {items.length > 0 && (
        <ul className="cl-options" aria-label={t('privacy.recoverPeople')}>
          {items.slice(0, 8).map((item) => <li key={item.party}><button type="button" className="cl-option" aria-pressed={chosen === item.party} onClick={() => onChoose(item.party)}><span>{item.name}</span><span className="cl-note">{item.party}</span></button></li>)}
        </ul>
      )}
    </>
  )
}

const stateWords = { waiting: 'privacy.recoverWaiting', ready: 'privacy.recoverReady', stopped: 'privacy.recoverStopped', done: 'privacy.recoverDone' } as const satisfies Readonly<Record<AskedRecovery['state'], WordKey>>

function Line({ item }: { readonly item: AskedRecovery }) {
  const { t, instant } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const { actor } = useSession()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const run = async (change: () => Promise<unknown>): Promise<void> => {
    setBusy(true)
    setError(undefined)
    try {
      await change()
      await queries.invalidateQueries()
    } catch (failure) {
      setError(failure)
    } finally {
      setBusy(false)
    }
  }
  const name = item.name ?? item.party
  const byOrganisation = item.state === 'ready' && item.enrol !== undefined
  return (
    <li className="cl-line">
      <div>
        <strong>{name}</strong>
        <span>{t(stateWords[item.state], { time: instant(item.from, 'patient') })}</span>
        <span className="cl-note">{t('privacy.recoverAsked', { time: instant(item.requested, 'patient'), code: keyCode(item.key) })}</span>
        {item.state === 'ready' && <span className="cl-note">{t(item.enrol === undefined ? 'privacy.recoverByDevice' : actor?.kind === 'organisation' ? 'privacy.recoverByYou' : 'privacy.recoverByOrganisation')}</span>}
        {byOrganisation && actor?.kind !== 'organisation' && <code>careledger recovery finish {item.id}</code>}
        {error !== undefined && <ErrorState error={error} />}
        {(item.state === 'waiting' || item.state === 'ready') && (
          <div className="cl-decide">
            {byOrganisation && actor?.kind === 'organisation' && <Button loading={busy} onClick={() => void run(() => enrolRecovered(client, item))}>{t('privacy.recoverEnrol')}</Button>}
            <Button variant="default" loading={busy} aria-label={t('privacy.recoverStopOf', { name })} onClick={() => void run(() => stopRecovery(client, item.id))}>{t('privacy.recoverStop')}</Button>
          </div>
        )}
      </div>
    </li>
  )
}
