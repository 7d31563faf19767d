import { useEffect } from 'react'
import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from 'react-router'
import { endEmergency, type LiveEvent } from '@careledger/client'
import { DetailPanel, WithPanel } from '../../components/detail-panel.tsx'
import { Facts } from '../../components/facts.tsx'
import { Icon } from '../../components/icon.tsx'
import { Page } from '../../components/page.tsx'
import { Rich } from '../../components/rich.tsx'
import { EmptyState, ErrorState, Outcome } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { useLive } from '../../session/live.tsx'
import { useOperation } from '../../session/query.ts'
import type { EmergencyItem } from '../../session/shapes.ts'
import { EMERGENCY_REASON_WORDS } from './emergency-form.tsx'
import { useKindWords } from './sensitive-kinds.tsx'

const isEmergency = ({ kind }: LiveEvent): boolean => kind.startsWith('emergency-')

/** Asked again as soon as something of it happens. */
function useOwnEmergencies() {
  const client = useClient()
  const own = useOperation(client.hospital.emergency.list, 'hospital.emergency.list', {}, { refetchMs: 30_000 })
  const { count, take } = useLive(isEmergency)
  const { refetch } = own
  useEffect(() => {
    if (count === 0) return
    take()
    void refetch()
  }, [count, take, refetch])
  return own
}

const DAYS_SHOWN_MS = 30 * 86_400_000

/** At the top of the patient's first page, for 30 days or while anything is open. Takes no room otherwise. */
export function EmergencyTold() {
  const { t } = usePreferences()
  const own = useOwnEmergencies()
  const recent = own.data?.items.filter(({ at, open, state }) => open || state !== 'closed' || Date.now() - Date.parse(at) < DAYS_SHOWN_MS) ?? []
  const [newest] = recent
  if (newest === undefined) return null
  return (
    <div className="cl-warning" data-tone="critical" role="status">
      <Icon name="octagon" size={20} />
      <div>
        <p><strong>{t('emergency.toldLead', { count: recent.length })}</strong></p>
        <p><Told item={newest} /></p>
        <div><Button component={Link} variant="default" to={`/me/emergency/${newest.id}`}>{t('emergency.toldLook')}</Button></div>
      </div>
    </div>
  )
}

function Told({ item }: { readonly item: EmergencyItem }) {
  const { t, instant } = usePreferences()
  const who = t('emergency.whoAt', { name: item.name, place: item.organisationName })
  return <><Rich k="emergency.told" values={{ who, at: instant(item.at, 'patient') }} /> {item.open ? t('emergency.toldOpen', { time: instant(item.until, 'time') }) : t('emergency.toldEnded')}</>
}

/** Every emergency access to one's own record, with its reason and its review. */
export function OwnEmergencies() {
  const { t } = usePreferences()
  const { emergency } = useParams()
  const navigate = useNavigate()
  const own = useOwnEmergencies()
  const open = own.data?.items.find(({ id }) => id === emergency)
  const count = own.data?.items.length ?? 0
  return (
    <Page title={t('emergency.title')} answer={own.data ? (count === 0 ? t('emergency.answerNone') : <Rich k="emergency.answer" values={{ count }} />) : t('state.loading')} place="/me/emergency">
      <WithPanel panel={open && <ToldPanel key={open.id} item={open} onClose={() => void navigate('/me/emergency', { preventScrollReset: true })} />}>
        <Outcome result={own} rows={3} height={60}>
          {({ items }) => (items.length === 0 ? <EmptyState title={t('emergency.none')} why={t('emergency.noneWhy')} icon="verify" /> : (
            <ul className="cl-lines cl-card" aria-label={t('emergency.title')}>
              {items.map((item) => (
                <li key={item.id} className="cl-line" data-current={item === open || undefined}>
                  <div><Link className="cl-row-link" to={`/me/emergency/${item.id}`} preventScrollReset><Told item={item} /></Link><span className="cl-note"><ReviewWords item={item} /></span></div>
                </li>
              ))}
            </ul>
          ))}
        </Outcome>
      </WithPanel>
    </Page>
  )
}

/** Where its review stands, in a sentence. */
export function ReviewWords({ item }: { readonly item: EmergencyItem }) {
  const { t, instant } = usePreferences()
  const values = { place: item.custodianName, date: instant(item.due, 'date') }
  if (item.reviewed) return t(item.reviewed.outcome === 'misuse' ? 'emergency.reviewMisuse' : 'emergency.reviewJustified', values)
  return t(item.state === 'escalated' ? 'emergency.reviewEscalated' : 'emergency.reviewOpen', values)
}

/** What both the patient and the reviewer see of one access. */
export function EmergencyFacts({ item }: { readonly item: EmergencyItem }) {
  const { t, instant } = usePreferences()
  const words = useKindWords()
  return (
    <Facts facts={[
      { label: t('emergency.columnWho'), value: t('emergency.whoAt', { name: item.name, place: item.organisationName }) },
      { label: t('emergency.columnWhen'), value: instant(item.at, 'patient') },
      { label: t('emergency.given'), value: <>{t(EMERGENCY_REASON_WORDS[item.reason])}. “{item.text}”</> },
      { label: t('emergency.included'), value: item.sensitive ? words(item.sensitive) : t('emergency.includedNone') },
      { label: t('emergency.state'), value: item.open ? t('emergency.toldOpen', { time: instant(item.until, 'time') }) : t('emergency.stateEnded') },
      ...(item.ended ? [{ label: t('emergency.ended'), value: instant(item.ended.at, 'patient') }] : []),
      { label: t('emergency.review'), value: <ReviewWords item={item} /> },
      ...(item.reviewed?.note ? [{ label: t('emergency.reviewNote'), value: `“${item.reviewed.note}”` }] : []),
    ]} />
  )
}

function ToldPanel({ item, onClose }: { readonly item: EmergencyItem, readonly onClose: () => void }) {
  const { t } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const end = useMutation({ mutationFn: () => endEmergency(client, item, item.id), onSettled: () => queries.invalidateQueries() })
  return (
    <DetailPanel id={item.id} title={t('emergency.panel')} onClose={onClose}>
      <EmergencyFacts item={item} />
      {end.error !== null && <ErrorState error={end.error} onRetry={() => end.mutate()} />}
      {item.open && (
        <section className="cl-cheat">
          <p>{t('emergency.endMineWhat')}</p>
          <Button onClick={() => end.mutate()} loading={end.isPending}>{t('emergency.endMine')}</Button>
        </section>
      )}
    </DetailPanel>
  )
}
