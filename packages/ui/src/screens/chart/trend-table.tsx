import { DataTable, type Column } from '../../components/data-table.tsx'
import { FlagBadge } from '../../records/flag-badge.tsx'
import { withUnits } from '../../records/units.ts'
import { usePreferences } from '../../session/preferences.tsx'
import type { TrendLine, TrendPoint } from '../../session/shapes.ts'
import { rangeWords } from './item-words.ts'
import { useRecordWords } from './joined.tsx'
import { shortNumber } from './trend-words.ts'
import { useSearch } from './use-search.ts'

type Row = { readonly line: TrendLine, readonly point: TrendPoint }

/** Every result, newest first, as the laboratory wrote it; the same the chart shows, and what no chart can. */
export function TrendTable({ lines, name }: { readonly lines: readonly TrendLine[], readonly name: string }) {
  const { t, clinicalDate, number } = usePreferences()
  const search = useSearch()
  const recordWords = useRecordWords()
  const rows = lines.flatMap((line) => line.points.map((point): Row => ({ line, point }))).toSorted((a, b) => (a.point.date < b.point.date ? 1 : a.point.date > b.point.date ? -1 : 0))
  const differs = rows.some(({ line, point }) => point.value === undefined || point.original.unit !== line.unit)
  const columns: readonly [Column<Row>, ...Column<Row>[]] = [
    { key: 'when', head: t('chart.columnWhen'), cell: ({ point }) => <span className="cl-nowrap">{clinicalDate(point.date.slice(0, 10))}</span> },
    ...(lines.length > 1 ? [{ key: 'what', head: t('record.columnWhat'), cell: ({ line }: Row) => line.name }] : []),
    { key: 'value', head: t('chart.columnValue'), numeric: true, cell: ({ point }) => <>{point.original.comparator}{shortNumber(point.original.value)} {withUnits(point.original.unit ?? '')} <FlagBadge flag={point.flag} /></> },
    ...(!differs ? [] : [{ key: 'converted', head: t('chart.columnConverted'), numeric: true, wideOnly: true, cell: ({ line, point }: Row) => (point.value === undefined ? t('chart.notConverted') : line.unit === point.original.unit ? '–' : `${number(Number(point.value.toPrecision(5)))} ${withUnits(line.unit ?? '')}`) }]),
    { key: 'range', head: t('chart.columnRange'), numeric: true, cell: ({ point }) => rangeWords(point) ?? t('chart.noRange') },
    { key: 'who', head: t('record.columnWho'), wideOnly: true, cell: ({ point }) => [point.author.name, recordWords(point.patient)].filter((words) => words !== undefined).join(' · ') },
  ]
  return <DataTable caption={t('chart.trendTable', { name })} columns={columns} rows={rows} rowKey={({ line, point }) => `${point.id}/${line.code ?? line.name}`} dense current={rows.find(({ point }) => point.id === search.get('record')) && `${search.get('record')}/${lines[0]?.code ?? lines[0]?.name}`} to={({ point }) => search.with({ record: point.id, tab: undefined })} />
}
