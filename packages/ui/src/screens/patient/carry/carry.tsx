import { useState } from 'react'
import { Button } from '@mantine/core'
import { Link, useNavigate, useSearchParams } from 'react-router'
import { DataTable, type Column } from '../../../components/data-table.tsx'
import { WithPanel } from '../../../components/detail-panel.tsx'
import { downloadFile } from '../../../components/facts.tsx'
import { Icon } from '../../../components/icon.tsx'
import { Page, Section } from '../../../components/page.tsx'
import { Rich, RichText } from '../../../components/rich.tsx'
import { EmptyState, ErrorState, Outcome } from '../../../components/states.tsx'
import { StatusBadge } from '../../../components/status-badge.tsx'
import { joinWords, kindCounts } from '../../../records/kinds.ts'
import { usePreferences } from '../../../session/preferences.tsx'
import { useClient } from '../../../session/services.tsx'
import type { HealthCardItem, HealthLinkItem } from '../../../session/shapes.ts'
import { useOwnRecords } from '../own-records.ts'
import { CardPanel } from './card-panel.tsx'
import { LinkPanel } from './link-panel.tsx'
import { useCards, useLinks, useStopLinks } from './use-carry.ts'

/** What can be opened now, by whom it was, and the ways to carry a record: nothing has to be carried, and nothing is lost. */
export function Carry() {
  const { t } = usePreferences()
  const navigate = useNavigate()
  const [search] = useSearchParams()
  const [links, cards] = [useLinks(), useCards()]
  const link = links.data?.items.find((one) => one.link === search.get('link'))
  const card = cards.data?.items.find((one) => one.rid === search.get('card'))
  const close = (): void => void navigate('/me/carry', { preventScrollReset: true })
  const panel = link ? <LinkPanel key={link.link} item={link} onClose={close} /> : card ? <CardPanel key={card.rid} item={card} onClose={close} /> : undefined
  return (
    <Page title={t('carry.title')} answer={<Summary items={links.data?.items} />} action={<Button component={Link} to="/me/carry/link" variant={panel ? 'default' : 'filled'} leftSection={<Icon name="qr" size={20} />}>{t('carry.show')}</Button>}>
      <WithPanel panel={panel}>
        <Section title={t('carry.links')} plain>
          <Outcome result={links} rows={2}>
            {({ items }) => (items.length === 0 ? <EmptyState title={t('carry.linksNone')} why={t('carry.linksNoneWhy')} icon="qr" /> : <Links items={items} current={link?.link} />)}
          </Outcome>
        </Section>
        <Section title={t('carry.ways')} plain><Ways /></Section>
        <Section title={t('carry.cards')} plain>
          <Outcome result={cards} rows={2}>
            {({ items }) => (items.length === 0 ? <EmptyState title={t('carry.cardsNone')} why={t('carry.cardsNoneWhy')} icon="verify" /> : <Cards items={items} current={card?.rid} />)}
          </Outcome>
        </Section>
        <Lost items={links.data?.items ?? []} />
        <Section title={t('carry.story')}>
          <ul className="cl-story">{(['carry.storyWhere', 'carry.storyKey', 'carry.storySeen', 'carry.storyEnd'] as const).map((key) => <li key={key}>{t(key)}</li>)}</ul>
        </Section>
      </WithPanel>
    </Page>
  )
}

const isActive = ({ state }: HealthLinkItem): boolean => state === 'active'

function Summary({ items }: { readonly items: readonly HealthLinkItem[] | undefined }) {
  if (!items) return <span className="cl-waiting">{'\u00a0'}</span>
  const active = items.filter(isActive).length
  return active > 0 ? <Rich k="carry.answer" values={{ count: active }} /> : <Rich k="carry.answerNone" />
}

function Links({ items, current }: { readonly items: readonly HealthLinkItem[], readonly current: string | undefined }) {
  const { t, instant } = usePreferences()
  const columns: readonly [Column<HealthLinkItem>, ...Column<HealthLinkItem>[]] = [
    { key: 'label', head: t('carry.columnLabel'), cell: ({ label }) => label },
    { key: 'until', head: t('carry.columnUntil'), cell: ({ expires }) => instant(expires, 'clinical') },
    { key: 'opened', head: t('carry.columnOpened'), cell: (item) => <Opened item={item} /> },
    { key: 'state', head: t('carry.columnState'), cell: ({ state }) => <StatusBadge status={state === 'stopped' ? 'withdrawn' : state} />, wideOnly: false },
  ]
  return <DataTable caption={t('carry.linksTable')} columns={columns} rows={items} rowKey={({ link }) => link} to={({ link }) => `/me/carry?link=${link}`} current={current} />
}

function Opened({ item: { opened, lastOpened } }: { readonly item: HealthLinkItem }) {
  const { t, instant } = usePreferences()
  if (opened === 0 || lastOpened === undefined) return t('carry.openedNever')
  return t('carry.openedLast', { count: t('carry.opened', { count: opened }), time: instant(lastOpened, 'clinical') })
}

function Cards({ items, current }: { readonly items: readonly HealthCardItem[], readonly current: string | undefined }) {
  const { t, instant } = usePreferences()
  const columns: readonly [Column<HealthCardItem>, ...Column<HealthCardItem>[]] = [
    { key: 'what', head: t('carry.columnCard'), cell: ({ types }) => joinWords(t, kindCounts(t, types)) },
    { key: 'until', head: t('carry.columnUntil'), cell: ({ expires }) => instant(expires, 'date') },
    { key: 'state', head: t('carry.columnState'), cell: (item) => <StatusBadge status={cardState(item, new Date())} /> },
  ]
  return <DataTable caption={t('carry.cardsTable')} columns={columns} rows={items} rowKey={({ rid }) => rid} to={({ rid }) => `/me/carry?card=${rid}`} current={current} />
}

function cardState({ revoked, expires }: HealthCardItem, now: Date): 'revoked' | 'expired' | 'inForce' {
  return revoked !== undefined ? 'revoked' : new Date(expires) <= now ? 'expired' : 'inForce'
}

function Ways() {
  const { t } = usePreferences()
  const client = useClient()
  const own = useOwnRecords()
  const [incomplete, setIncomplete] = useState(false)
  const [made, setMade] = useState(false)
  const [error, setError] = useState<unknown>()
  const place = own.data?.items[0]
  const summary = async (): Promise<void> => {
    if (!place) return
    setError(undefined)
    try {
      const { bundle, problems } = await client.hospital.summary.read.query({ patient: place.patient, purpose: 'patient-request' })
      downloadFile(`patient-summary-${client.now().toISOString().slice(0, 10)}.json`, bundle, 'application/fhir+json')
      setMade(true)
      setIncomplete(problems.length > 0)
    } catch (failure) {
      setError(failure)
    }
  }
  return (
    <>
      <ul className="cl-ways">
        <li><Link className="cl-way" to="/me/carry/file"><Icon name="lock" size={24} /><span><strong>{t('carry.wayFile')}</strong><span className="cl-note">{t('carry.wayFileHint')}</span></span></Link></li>
        <li><Link className="cl-way" to="/me/carry/card"><Icon name="verify" size={24} /><span><strong>{t('carry.wayCard')}</strong><span className="cl-note">{t('carry.wayCardHint')}</span></span></Link></li>
        <li><button type="button" className="cl-way" disabled={!place} onClick={() => void summary()}><Icon name="download" size={24} /><span><strong>{t('carry.waySummary')}</strong><span className="cl-note">{t('carry.waySummaryHint')}</span></span></button></li>
      </ul>
      {made && <p className="cl-notice" role="status">{t('carry.summaryMade')}{incomplete && ` ${t('carry.summaryIncomplete')}`}</p>}
      {error !== undefined && <ErrorState error={error} onRetry={() => void summary()} />}
    </>
  )
}

/** Nothing is lost with a phone; what its finder could still open is ended here. */
function Lost({ items }: { readonly items: readonly HealthLinkItem[] }) {
  const { t } = usePreferences()
  const stop = useStopLinks()
  const [done, setDone] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const active = items.filter(isActive)
  const stopAll = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    await stop(active).then(() => setDone(true), setError)
    setBusy(false)
  }
  return (
    <Section title={t('carry.lost')}>
      <p><RichText text={t('carry.lostNothing')} /> {t('carry.lostSteps')}</p>
      <div className="cl-decide">
        {active.length > 0 && <Button variant="default" loading={busy} onClick={() => void stopAll()}>{t('carry.lostStop', { count: active.length })}</Button>}
        <Button component={Link} variant="default" to="/me/keys">{t('carry.lostKeys')}</Button>
      </div>
      {done && active.length === 0 && <p role="status">{t('carry.lostDone')}</p>}
      {error !== undefined && <ErrorState error={error} />}
    </Section>
  )
}
