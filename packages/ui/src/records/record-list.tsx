import { useEffect, useState, type ReactNode } from 'react'
import { Button } from '@mantine/core'
import { useSearchParams } from 'react-router'
import { DataTable, MoreButton, type Column } from '../components/data-table.tsx'
import { WithPanel } from '../components/detail-panel.tsx'
import { FilterChips } from '../components/filter-chips.tsx'
import { NothingMatches, Outcome } from '../components/states.tsx'
import { usePreferences } from '../session/preferences.tsx'
import { useClient } from '../session/services.tsx'
import { FreshLine } from '../session/live.tsx'
import { usePages } from '../session/query.ts'
import type { Decision, RecordItem } from '../session/shapes.ts'
import { useFreshRecords } from './fresh-records.tsx'
import { kindName } from './kinds.ts'
import { ProofBadge, proofStatus } from './proof-badge.tsx'
import { useLiveStates } from './live-states.ts'
import { useCheckProof } from './proof-check.ts'
import { RecordPanel } from './record-panel.tsx'
import { withUnits } from './units.ts'

const PAGE = 50

interface RecordListProps {
  readonly patient: string
  readonly custodianName: (custodian: string) => string
  /** Dense rows for work, comfortable ones for reading. */
  readonly dense?: boolean
  readonly empty: ReactNode
  /** What stands above the list once the first page is here. */
  readonly head?: (decision: Decision) => ReactNode
  /** What opens beside the list; by default the record in words, its proof and its source. */
  readonly panel?: (id: string) => ReactNode
  /** Told how many records there are in all. */
  readonly onTotal?: (total: number) => void
}

/** A patient's records page by page, newest first, by kind, each opening beside the list. */
export function RecordList({ patient, custodianName, dense = false, empty, head, panel, onTotal }: RecordListProps) {
  const { t, clinicalDate } = usePreferences()
  const client = useClient()
  const [search, setSearch] = useSearchParams()
  const kind = search.get('kind') ?? undefined
  const open = search.get('record') ?? undefined
  const records = usePages(client.hospital.records.list, 'hospital.records.list', { patient, limit: PAGE, ...(kind !== undefined && { types: [kind] }) })
  const live = useLiveStates(records.items)
  const fresh = useFreshRecords(patient)
  const counts = useCounts(patient, kind === undefined ? records.first?.counts : undefined)

  const total = counts && Object.values(counts).reduce((sum, count) => sum + count, 0)
  useEffect(() => { if (total !== undefined) onTotal?.(total) }, [total, onTotal])

  const setKind = (value: string | undefined): void => setSearch((before) => {
    const next = new URLSearchParams(before)
    if (value === undefined) next.delete('kind')
    else next.set('kind', value)
    return next
  }, { preventScrollReset: true })
  const to = (item: RecordItem): string => {
    const next = new URLSearchParams(search)
    next.set('record', item.id)
    next.delete('tab')
    return `?${next.toString()}`
  }

  const columns: readonly [Column<RecordItem>, ...Column<RecordItem>[]] = [
    { key: 'what', head: t('record.columnWhat'), cell: (item) => withUnits(item.title) },
    { key: 'kind', head: t('record.columnKind'), cell: (item) => kindName(t, item.type), wideOnly: true },
    { key: 'who', head: t('record.columnWho'), cell: (item) => <span className="cl-nowrap">{item.author.name}</span> },
    { key: 'proof', head: t('record.columnProof'), cell: (item) => <ProofBadge item={item} /> },
  ]
  const kinds: readonly (readonly [string, number?])[] = counts ? Object.entries(counts).sort(([, a], [, b]) => b - a) : kind === undefined ? [] : [[kind]]

  return (
    <WithPanel panel={open !== undefined && (panel?.(open) ?? <RecordPanel id={open} custodianName={custodianName} />)}>
      <Outcome result={{ data: records.first && live && { items: live, first: records.first }, error: records.error, dataUpdatedAt: records.dataUpdatedAt, refetch: records.refetch }} rows={10}>
        {({ items, first }) => (
          <>
            {head?.(first.decision)}
            <FreshLine words={t('live.records', { count: fresh.count })} fresh={fresh} onShow={() => void records.refetch()} />
            {kinds.length > 0 && <FilterChips value={kind} onChange={setKind} choices={kinds.map(([type, count]) => ({ value: type, label: [kindName(t, type), count].filter((part) => part !== undefined).join(' ') }))} />}
            {items.length === 0 && (kind === undefined ? empty : <NothingMatches filter={kindName(t, kind)} onClear={() => setKind(undefined)} />)}
            {items.length > 0 && (
              <DataTable caption={t('record.table')} columns={columns} rows={items} rowKey={(item) => item.id} to={to} current={open} dense={dense}
                group={(item) => (item.date === undefined ? t('record.noDate') : clinicalDate(item.date.slice(0, 10)))} rowAttributes={(item) => ({ 'data-type': item.type })} />
            )}
            <MoreButton result={records} count={PAGE} />
          </>
        )}
      </Outcome>
    </WithPanel>
  )
}

/** The numbers come with the unfiltered first page; they stay while a filter is on. */
function useCounts(patient: string, counts: Readonly<Record<string, number>> | undefined): Readonly<Record<string, number>> | undefined {
  const [kept, setKept] = useState<{ readonly patient: string, readonly counts: Readonly<Record<string, number>> }>()
  if (counts && (kept?.patient !== patient || kept.counts !== counts)) setKept({ patient, counts })
  return counts ?? (kept?.patient === patient ? kept.counts : undefined)
}

/** Checks the proof of every record shown, one after the other, and says how many hold. */
export function CheckAllButton({ patient, secondary = false }: { readonly patient: string, readonly secondary?: boolean }) {
  const { t } = usePreferences()
  const client = useClient()
  const [search] = useSearchParams()
  const kind = search.get('kind') ?? undefined
  const records = usePages(client.hospital.records.list, 'hospital.records.list', { patient, limit: PAGE, ...(kind !== undefined && { types: [kind] }) })
  const check = useCheckProof()
  const [progress, setProgress] = useState<{ readonly tried: number, readonly held: number, readonly bad: number, readonly total: number }>()
  const items = records.items ?? []
  const running = progress !== undefined && progress.tried < progress.total

  const run = async (): Promise<void> => {
    let held = 0
    let bad = 0
    setProgress({ tried: 0, held, bad, total: items.length })
    for (const [index, item] of items.entries()) {
      const status = await check(item).then((found) => proofStatus(item, found), () => undefined)
      if (status === 'mismatch') bad += 1
      else if (status === 'proven' || status === 'superseded') held += 1
      setProgress({ tried: index + 1, held, bad, total: items.length })
    }
  }
  return (
    <div className="cl-check-all">
      <Button {...(secondary && { variant: 'default', size: 'sm' })} onClick={() => void run()} loading={running} disabled={items.length === 0}>{t(records.hasNextPage ? 'record.checkShown' : 'record.checkAll', { count: items.length })}</Button>
      <p className="cl-note" role="status">{progress && words(progress)}</p>
    </div>
  )

  function words({ tried, held, bad, total }: NonNullable<typeof progress>): string {
    if (tried < total) return t('record.checking', { done: tried, total })
    if (bad > 0) return t('record.checkedBad', { count: bad })
    return held === total ? t('record.checkedAll', { count: held }) : t('record.checking', { done: held, total })
  }
}
