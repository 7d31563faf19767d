import { useState } from 'react'
import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useSearchParams } from 'react-router'
import { DataTable, MoreButton, type Column } from '../../components/data-table.tsx'
import { FilterChips } from '../../components/filter-chips.tsx'
import { Page } from '../../components/page.tsx'
import { RichText } from '../../components/rich.tsx'
import { EmptyState, ErrorState, NothingMatches, Outcome } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { usePages } from '../../session/query.ts'
import type { OutboxItem } from '../../session/shapes.ts'
import { inState } from './overview-sentence.ts'
import { useOverview } from './use-overview.ts'

const STATES = ['waiting', 'sent', 'final', 'blocked'] as const

/** Rows on their way to a ledger, why the parked ones are parked, and the press that sends them again. */
export function Outbox() {
  const { t, instant, number } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const [search, setSearch] = useSearchParams()
  const state = STATES.find((one) => one === search.get('state'))
  const rows = usePages(client.platform.outbox.list, 'platform.outbox.list', { limit: 50, ...(state && { state }) }, { refetchMs: 5_000 })
  const overview = useOverview()
  const blocked = overview.data ? inState(overview.data.ledgers, 'blocked') : 0
  const [retried, setRetried] = useState<number>()
  const [error, setError] = useState<unknown>()
  const parked = (rows.items ?? []).filter((row) => row.state === 'blocked')

  const retry = async (items: readonly OutboxItem[]): Promise<void> => {
    setError(undefined)
    try {
      let count = 0
      for (const [target, ofTarget] of Map.groupBy(items, (row) => row.target)) {
        for (let start = 0; start < ofTarget.length; start += 100) count += (await client.platform.outbox.retry.mutate({ target, items: ofTarget.slice(start, start + 100).map(({ item }) => item) })).retried
      }
      setRetried(count)
      await queries.invalidateQueries()
    } catch (failure) {
      setError(failure)
    }
  }

  const columns: readonly [Column<OutboxItem>, ...Column<OutboxItem>[]] = [
    { key: 'item', head: t('operator.columnItem'), cell: (row) => <code>{row.item.length > 44 ? `${row.item.slice(0, 16)} … ${row.item.slice(-16)}` : row.item}</code> },
    { key: 'target', head: t('operator.columnTarget'), cell: (row) => row.target },
    { key: 'stream', head: t('operator.columnStream'), cell: (row) => row.stream, wideOnly: true },
    { key: 'state', head: t('operator.columnState'), cell: (row) => <StatusBadge status={row.state} /> },
    { key: 'attempts', head: t('operator.columnAttempts'), cell: (row) => number(row.attempts), numeric: true, wideOnly: true },
    { key: 'created', head: t('operator.columnCreated'), cell: (row) => <span className="cl-nowrap">{instant(row.created, 'clinical')}</span>, wideOnly: true },
    { key: 'reason', head: t('operator.columnReason'), cell: (row) => (row.state === 'blocked' ? <span className="cl-retry"><span lang="en">{row.reason ?? '–'}</span><Button size="compact-sm" variant="default" aria-label={t('operator.retryOf', { item: row.item })} onClick={() => void retry([row])}>{t('operator.retry')}</Button></span> : (row.reason ?? '–')) },
  ]
  return (
    <Page title={t('operator.outboxTitle')} answer={overview.data ? <RichText text={blocked > 0 ? t('operator.blocked', { count: blocked }) : t('operator.outboxFine')} /> : '\u00a0'}
      action={parked.length > 0 && <Button onClick={() => void retry(parked)}>{t('operator.retryAll', { count: parked.length })}</Button>}>
      <FilterChips all={t('operator.filterAll')} value={state} choices={STATES.map((value) => ({ value, label: t(`state.${value}`) }))} onChange={(value) => setSearch(value === undefined ? {} : { state: value })} />
      <p className="cl-note" role="status">{retried !== undefined && t('operator.retried', { count: retried })}</p>
      {error !== undefined && <ErrorState error={error} />}
      <Outcome result={{ data: rows.items, error: rows.error, dataUpdatedAt: rows.dataUpdatedAt, refetch: rows.refetch }} rows={10}>
        {(items) => (items.length > 0 ? <DataTable caption={t('operator.outboxTable')} dense columns={columns} rows={items} rowKey={(row) => `${row.target} ${row.stream} ${row.item}`} />
          : state ? <NothingMatches filter={t(`state.${state}`)} onClear={() => setSearch({})} /> : <EmptyState title={t('operator.outboxNone')} why={t('operator.outboxNoneWhy')} icon="outbox" />)}
      </Outcome>
      <MoreButton result={rows} count={50} />
    </Page>
  )
}
