import { useState } from 'react'
import { Button, Checkbox, Radio, Stack } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Link } from 'react-router'
import { toNumericCard } from '@careledger/client'
import { downloadFile } from '../../../components/facts.tsx'
import { Page } from '../../../components/page.tsx'
import { QrCode } from '../../../components/qr-code.tsx'
import { Rich } from '../../../components/rich.tsx'
import { EmptyState, ErrorState, Outcome } from '../../../components/states.tsx'
import { kindName } from '../../../records/kinds.ts'
import { withUnits } from '../../../records/units.ts'
import { problemCode } from '../../../session/problem.ts'
import { usePreferences } from '../../../session/preferences.tsx'
import { useClient } from '../../../session/services.tsx'
import { useOperation } from '../../../session/query.ts'
import type { HealthCardChoice, PatientSummary } from '../../../session/shapes.ts'
import { PlaceChoice, WithPlaces } from './place-choice.tsx'
import { Problems } from './problems.tsx'
import { useTopOnce } from './use-top-once.ts'

interface Issued { readonly jws: string, readonly expires: string, readonly rid: string }

/** Chosen vaccinations and results as one code that the hospital signs. */
export function MakeCard() {
  const { t } = usePreferences()
  const [issued, setIssued] = useState<Issued>()
  if (issued) return <Card issued={issued} />
  return <Page title={t('carry.cardTitle')} width="read" answer={t('carry.cardAnswer')}><WithPlaces>{(places) => <Form places={places} onIssued={setIssued} />}</WithPlaces></Page>
}

function Form({ places, onIssued }: { readonly places: readonly [PatientSummary, ...PatientSummary[]], readonly onIssued: (issued: Issued) => void }) {
  const { t } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const [place, setPlace] = useState(places[0])
  const [chosen, setChosen] = useState<readonly string[]>([])
  const [days, setDays] = useState('365')
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const found = useOperation(client.hospital.cards.choices, 'hospital.cards.choices', { patient: place.patient })
  const problems = chosen.length === 0 ? [t('carry.problemRecords')] : problemCode(error) === 'INPUT_TOO_LARGE' && error !== undefined ? [t('carry.cardTooMuch')] : []
  const issue = async (): Promise<void> => {
    setTried(true)
    if (chosen.length === 0) return
    setBusy(true)
    setError(undefined)
    try {
      const card = await client.hospital.cards.issue.mutate({ patient: place.patient, records: [...chosen], days: Number(days) })
      void queries.invalidateQueries()
      onIssued(card)
    } catch (failure) {
      setError(failure)
      setBusy(false)
    }
  }
  return (
    <form className="cl-form cl-form-open" noValidate onSubmit={(event) => { event.preventDefault(); void issue() }}>
      <Problems title={t('carry.cardTitle')} problems={tried ? problems : []} />
      <PlaceChoice places={places} value={place} onChange={(next) => { setPlace(next); setChosen([]) }} />
      <Outcome result={found} rows={6}>
        {({ items }) => <Choices items={items} chosen={chosen} onChange={(next) => { setChosen(next); setError(undefined) }} />}
      </Outcome>
      <Radio.Group size="md" label={t('carry.cardDays')} value={days} onChange={setDays}>
        <Stack gap="sm" mt="xs"><Radio value="30" label={t('carry.cardDays30')} /><Radio value="365" label={t('carry.cardDays365')} /></Stack>
      </Radio.Group>
      {error !== undefined && problemCode(error) !== 'INPUT_TOO_LARGE' && <ErrorState error={error} onRetry={() => void issue()} />}
      <div className="cl-decide"><Button type="submit" loading={busy}>{t('carry.cardMake')}</Button><span role="status" className="cl-note">{t('carry.cardChosen', { count: chosen.length })}</span><Button component={Link} to="/me/carry" variant="default">{t('shell.back')}</Button></div>
    </form>
  )
}

function Choices({ items, chosen, onChange }: { readonly items: readonly HealthCardChoice[], readonly chosen: readonly string[], readonly onChange: (ids: readonly string[]) => void }) {
  const { t, clinicalDate } = usePreferences()
  if (items.length === 0) return <EmptyState title={t('carry.cardNothing')} why={t('carry.cardNothingWhy')} icon="verify" />
  const sorted = items.toSorted((a, b) => (a.type === b.type ? ((a.date ?? '') < (b.date ?? '') ? 1 : -1) : a.type < b.type ? -1 : 1))
  return (
    <Checkbox.Group size="md" label={t('carry.cardChoose')} value={[...chosen]} onChange={onChange}>
      <div className="cl-pick">
        {sorted.map((item) => <Checkbox key={item.id} value={item.id} label={withUnits(item.title)} description={[kindName(t, item.type), item.date && clinicalDate(item.date.slice(0, 10))].filter(Boolean).join(' · ')} />)}
      </div>
    </Checkbox.Group>
  )
}

function Card({ issued }: { readonly issued: Issued }) {
  const { t, instant } = usePreferences()
  useTopOnce()
  return (
    <Page title={t('carry.cardMadeTitle')} width="read" answer={<Rich k="carry.cardMadeAnswer" values={{ date: instant(issued.expires, 'date') }} />}>
      <div className="cl-code-box"><QrCode text={toNumericCard(issued.jws)} alt={t('carry.qrCardAlt')} /></div>
      <div className="cl-decide">
        <Button onClick={() => downloadFile('health-card.smart-health-card', JSON.stringify({ verifiableCredential: [issued.jws] }), 'application/smart-health-card')}>{t('carry.cardDownload')}</Button>
        <Button variant="default" onClick={() => window.print()}>{t('carry.cardPrint')}</Button>
        <Button component={Link} variant="default" to="/me/carry">{t('shell.back')}</Button>
      </div>
    </Page>
  )
}
