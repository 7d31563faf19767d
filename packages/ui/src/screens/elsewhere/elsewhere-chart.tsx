import { useParams } from 'react-router'
import { Page } from '../../components/page.tsx'
import { EmptyState, LoadingState, Outcome } from '../../components/states.tsx'
import { ElsewhereProvider, useAway } from '../../session/elsewhere.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import type { ElsewherePlace } from '../../session/shapes.ts'
import { ChartPage } from '../chart/chart-page.tsx'
import { AwayFailure } from './away-failure.tsx'

/** The chart of a patient whose record is kept at another hospital, read there. */
export function ElsewhereChart() {
  const { t } = usePreferences()
  const client = useClient()
  const { place: name } = useParams()
  const places = useOperation(client.identity.elsewhere, 'identity.elsewhere', {})
  const place = places.data?.items.find((one) => one.name === name)
  if (place !== undefined) return <AtPlace place={place} />
  return (
    <Page title={t('elsewhere.title')} width="read">
      <Outcome result={places} rows={8}>{() => <EmptyState icon="search" title={t('shell.notFoundTitle')} why={t('elsewhere.noneWhy')} />}</Outcome>
    </Page>
  )
}

function AtPlace({ place }: { readonly place: ElsewherePlace }) {
  const { t } = usePreferences()
  const away = useAway(place)
  if (away.error !== null) return <Page title={t('elsewhere.title')} width="read"><AwayFailure place={place} error={away.error} onRetry={() => void away.refetch()} /></Page>
  if (away.data === undefined) return <div className="cl-page"><LoadingState rows={8} /></div>
  return <ElsewhereProvider place={place} client={away.data.client}><ChartPage /></ElsewhereProvider>
}
