import { useState } from 'react'
import { Button, Checkbox, PasswordInput, Radio, Stack, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Link } from 'react-router'
import { makeHealthLink, type MadeHealthLink } from '@careledger/client'
import { randomBytes } from '@careledger/proof'
import { Page } from '../../../components/page.tsx'
import { Rich } from '../../../components/rich.tsx'
import { ErrorState } from '../../../components/states.tsx'
import { KINDS, kindName } from '../../../records/kinds.ts'
import { keepLink } from '../../../session/kept-links.ts'
import { usePreferences } from '../../../session/preferences.tsx'
import { useSession } from '../../../session/session.tsx'
import { useClient } from '../../../session/services.tsx'
import type { PatientSummary } from '../../../session/shapes.ts'
import { LinkCode } from './link-code.tsx'
import { PlaceChoice, WithPlaces } from './place-choice.tsx'
import { Problems } from './problems.tsx'
import { useLinkContents, useStopLinks } from './use-carry.ts'
import { useTopOnce } from './use-top-once.ts'

const lives = { hour1: 3_600_000, day1: 86_400_000, days30: 30 * 86_400_000 } as const
type Life = keyof typeof lives

/** What, how long, and whether a passcode: then the code. Nothing leaves this device readable. */
export function MakeLink() {
  const { t } = usePreferences()
  const [made, setMade] = useState<MadeLink>()
  if (made) return <Made made={made} />
  return <Page title={t('carry.linkTitle')} width="read" answer={t('carry.linkAnswer')}><WithPlaces>{(places) => <Form places={places} onMade={setMade} />}</WithPlaces></Page>
}

interface MadeLink extends MadeHealthLink { readonly patient: string }

interface Draft {
  readonly place: PatientSummary
  readonly proofs: boolean
  readonly kinds: readonly string[]
  readonly life: Life
  readonly label: string
  readonly passcode: string
  readonly longTerm: boolean
}

function Form({ places, onMade }: { readonly places: readonly [PatientSummary, ...PatientSummary[]], readonly onMade: (made: MadeLink) => void }) {
  const { t } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const { actor } = useSession()
  const contentsOf = useLinkContents()
  const [draft, setDraft] = useState<Draft>({ place: places[0], proofs: false, kinds: ['Observation', 'Condition'], life: 'hour1', label: t('carry.labelDefault'), passcode: '', longTerm: false })
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const change = (part: Partial<Draft>): void => setDraft({ ...draft, ...part })
  const wrong = problemsOf(draft)
  const make = async (): Promise<void> => {
    setTried(true)
    if (Object.keys(wrong).length > 0) return
    setBusy(true)
    setError(undefined)
    try {
      const { contents, types } = await contentsOf({ place: draft.place, ...(draft.proofs && { proofsOf: draft.kinds }) })
      const made = await makeHealthLink(client, location.origin, {
        patient: draft.place.patient, label: draft.label.trim(), expires: new Date(client.now().getTime() + lives[draft.life]), longTerm: draft.longTerm, types, contents, ...(draft.passcode !== '' && { passcode: draft.passcode }),
      })
      keepLink(actor?.key ?? '', made.link, made.text)
      void queries.invalidateQueries()
      onMade({ ...made, patient: draft.place.patient })
    } catch (failure) {
      setError(failure)
      setBusy(false)
    }
  }
  return (
    <form className="cl-form cl-form-open" noValidate onSubmit={(event) => { event.preventDefault(); void make() }}>
      <Problems title={t('carry.linkTitle')} problems={tried ? Object.values(wrong).map((key) => t(key)) : []} />
      <PlaceChoice places={places} value={draft.place} onChange={(place) => change({ place })} />
      <Radio.Group size="md" label={t('carry.what')} value={draft.proofs ? 'proofs' : 'summary'} onChange={(value) => change({ proofs: value === 'proofs' })}>
        <Stack gap="sm" mt="xs">
          <Radio value="summary" label={t('carry.whatSummary')} description={t('carry.whatSummaryHint')} />
          <Radio value="proofs" label={t('carry.whatProofs')} description={t('carry.whatProofsHint')} />
        </Stack>
      </Radio.Group>
      {draft.proofs && <KindsChoice value={draft.kinds} onChange={(kinds) => change({ kinds })} error={tried && wrong.kinds ? t(wrong.kinds) : undefined} />}
      <Radio.Group size="md" label={t('carry.howLong')} value={draft.life} onChange={(life) => change({ life: life as Life })}>
        <Stack gap="sm" mt="xs">{(Object.keys(lives) as Life[]).map((life) => <Radio key={life} value={life} label={t(`carry.${life}`)} />)}</Stack>
      </Radio.Group>
      <div className="cl-with-button">
        <PasswordInput size="md" label={t('carry.passcodeLabel')} description={t('carry.passcodeHint')} value={draft.passcode} autoComplete="off" maxLength={64} onChange={(event) => change({ passcode: event.currentTarget.value })} error={tried && wrong.passcode && t(wrong.passcode)} visibilityToggleButtonProps={{ 'aria-label': t('show.passcode'), tabIndex: 0 }} />
        <Button variant="default" onClick={() => change({ passcode: sixDigits() })}>{t('carry.passcodeMake')}</Button>
      </div>
      <TextInput label={t('carry.label')} description={t('carry.labelHint')} value={draft.label} maxLength={80} autoComplete="off" onChange={(event) => change({ label: event.currentTarget.value })} error={tried && wrong.label && t(wrong.label)} />
      <Checkbox label={t('carry.longTerm')} description={t('carry.longTermHint')} checked={draft.longTerm} onChange={(event) => change({ longTerm: event.currentTarget.checked })} />
      {error !== undefined && <ErrorState error={error} onRetry={() => void make()} />}
      <div className="cl-decide"><Button type="submit" loading={busy}>{t('carry.make')}</Button>{busy && <span role="status">{t('carry.making')}</span>}<Button component={Link} to="/me/carry" variant="default">{t('shell.back')}</Button></div>
    </form>
  )
}

export function KindsChoice({ value, onChange, error }: { readonly value: readonly string[], readonly onChange: (kinds: readonly string[]) => void, readonly error?: string | undefined }) {
  const { t } = usePreferences()
  return (
    <Checkbox.Group size="md" label={t('carry.kinds')} value={[...value]} onChange={onChange} error={error}>
      <div className="cl-kinds cl-kinds-gap">{KINDS.filter((kind) => kind !== 'Patient').map((kind) => <Checkbox key={kind} value={kind} label={kindName(t, kind)} />)}</div>
    </Checkbox.Group>
  )
}

type Problem = 'carry.problemKinds' | 'carry.problemPasscode' | 'carry.problemLabel'

function problemsOf({ proofs, kinds, passcode, label }: Draft): { readonly kinds?: Problem, readonly passcode?: Problem, readonly label?: Problem } {
  return {
    ...(proofs && kinds.length === 0 && { kinds: 'carry.problemKinds' as const }),
    ...(passcode !== '' && passcode.length < 6 && { passcode: 'carry.problemPasscode' as const }),
    ...(label.trim() === '' && { label: 'carry.problemLabel' as const }),
  }
}

/** Uniform: what would favour small digits is drawn again. */
function sixDigits(): string {
  for (;;) {
    const [a = 0, b = 0, c = 0] = randomBytes(3)
    const number = (a << 16) | (b << 8) | c
    if (number < 16_000_000) return String(number % 1_000_000).padStart(6, '0')
  }
}

function Made({ made }: { readonly made: MadeLink }) {
  const { t, instant } = usePreferences()
  const stop = useStopLinks()
  const [state, setState] = useState<'open' | 'busy' | 'stopped'>('open')
  const [error, setError] = useState<unknown>()
  useTopOnce()
  const end = async (): Promise<void> => {
    setState('busy')
    await stop([made]).then(() => setState('stopped'), (failure: unknown) => { setError(failure); setState('open') })
  }
  return (
    <Page title={t('carry.madeTitle')} width="read" answer={<Rich k="carry.madeAnswer" values={{ date: instant(made.expires, 'patient') }} />}>
      {state === 'stopped' ? <p className="cl-notice" role="status">{t('carry.stopped')}</p> : <LinkCode text={made.text} />}
      {error !== undefined && <ErrorState error={error} />}
      <div className="cl-decide">
        <Button component={Link} to="/me/carry">{t('carry.toLinks')}</Button>
        {state !== 'stopped' && <Button variant="default" loading={state === 'busy'} onClick={() => void end()}>{t('carry.stop')}</Button>}
      </div>
    </Page>
  )
}
