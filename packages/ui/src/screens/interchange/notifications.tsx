import { useState } from 'react'
import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { DataTable, type Column } from '../../components/data-table.tsx'
import { Section } from '../../components/page.tsx'
import { EmptyState, ErrorState, Outcome } from '../../components/states.tsx'
import type { WordKey } from '../../i18n/translate.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'

type Item = Awaited<ReturnType<ReturnType<typeof useClient>['hospital']['subscriptions']['list']['query']>>['items'][number]
const states: Readonly<Record<Item['state'], WordKey>> = { active: 'messages.notifyActive', failing: 'messages.notifyFailing', parked: 'messages.notifyParked' }

/** Where organisations are told of their entries, and the press that tries a parked address again. */
export function Notifications() {
  const { t, number, instant } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const list = useOperation(client.hospital.subscriptions.list, 'hospital.subscriptions.list', {}, { refetchMs: 10_000 })
  const [error, setError] = useState<unknown>()
  const retry = async ({ id }: Item): Promise<void> => {
    setError(undefined)
    await client.hospital.subscriptions.retry.mutate({ id }).catch(setError)
    await queries.invalidateQueries()
  }
  const columns: readonly [Column<Item>, ...Column<Item>[]] = [
    { key: 'endpoint', head: t('messages.notifyAddress'), cell: (item) => <><code>{item.endpoint}</code>{item.watches !== undefined && <span className="cl-code">{item.watches}</span>}</> },
    { key: 'organisation', head: t('messages.notifyOrganisation'), cell: (item) => <span lang="en">{item.organisation}</span>, wideOnly: true },
    { key: 'state', head: t('messages.notifyState'), cell: (item) => <>{t(states[item.state])}{item.problem !== undefined && item.state !== 'active' && <span className="cl-code">{item.problem}</span>}</> },
    { key: 'last', head: t('messages.notifyLast'), cell: (item) => (item.lastSuccess === undefined ? '–' : <span className="cl-nowrap">{instant(item.lastSuccess, 'clinical')}</span>), wideOnly: true },
    { key: 'events', head: t('messages.notifyEvents'), cell: (item) => number(item.events), numeric: true },
    { key: 'act', head: t('messages.columnAct'), cell: (item) => (item.state === 'active' ? '–' : <Button size="compact-sm" variant="default" aria-label={`${t('messages.replay')}: ${item.endpoint}`} onClick={() => void retry(item)}>{t('messages.replay')}</Button>) },
  ]
  return (
    <Section title={t('messages.notifyTitle')} plain>
      {error !== undefined && <ErrorState error={error} />}
      <Outcome result={{ data: list.data?.items, error: list.error, dataUpdatedAt: list.dataUpdatedAt, refetch: list.refetch }} rows={2}>
        {(items) => (items.length > 0 ? <DataTable caption={t('messages.notifyTitle')} dense columns={columns} rows={items} rowKey={(item) => item.id} /> : <EmptyState title={t('messages.notifyNone')} why={t('messages.notifyNoneWhy')} icon="share" />)}
      </Outcome>
    </Section>
  )
}
