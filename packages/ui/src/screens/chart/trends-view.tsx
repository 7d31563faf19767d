import { Button } from '@mantine/core'
import { Link } from 'react-router'
import { downloadFile } from '../../components/facts.tsx'
import { EmptyState, Outcome } from '../../components/states.tsx'
import { FlagBadge, isAbnormal } from '../../records/flag-badge.tsx'
import { withUnits } from '../../records/units.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import type { Trend, TrendLine, Trends } from '../../session/shapes.ts'
import { measured } from './item-words.ts'
import { Spark } from './spark.tsx'
import { TrendChart } from './trend-chart.tsx'
import { TrendTable } from './trend-table.tsx'
import { trendCsv, trendSentence } from './trend-words.ts'
import { useSearch } from './use-search.ts'

/** Better or worse: every measured series on the left, the chosen one with its ranges. Series, unit and table stand in the address. */
export function TrendsView({ patient }: { readonly patient: string }) {
  const { t } = usePreferences()
  const client = useClient()
  const search = useSearch()
  const [code, unit] = [search.get('code'), search.get('unit')]
  const trends = useOperation(client.hospital.chart.trends, 'hospital.chart.trends', { patient, ...(code !== undefined && { code }), ...(unit !== undefined && { unit }) }, { keep: true })
  return (
    <Outcome result={trends} rows={10}>
      {(data) => (data.series.length === 0 ? <EmptyState icon="pulse" title={t('chart.noSeries')} why={t(data.reach === 'all' ? 'chart.noSeriesWhy' : data.reach === 'part' ? 'chart.noneInPart' : 'chart.resultsNotShared')} /> : (
        <div className="cl-trends">
          <SeriesList data={data} code={code} />
          <div className="cl-trends-main" aria-busy={trends.isPlaceholderData || undefined}>
            {data.reach === 'part' && <p className="cl-notice">{t('chart.partShared')}</p>}
            {data.trend ? <OneTrend trend={data.trend} /> : <p className="cl-card">{t(code === undefined ? 'chart.chooseSeries' : 'chart.noSuchSeries')}</p>}
          </div>
        </div>
      ))}
    </Outcome>
  )
}

/** Not as usual first, then by how often it was measured. */
function SeriesList({ data, code }: { readonly data: Trends, readonly code: string | undefined }) {
  const { t } = usePreferences()
  const search = useSearch()
  const series = data.series.toSorted((a, b) => Number(isAbnormal(b.last.flag)) - Number(isAbnormal(a.last.flag)))
  const to = (value: string): string => search.with({ code: value, unit: undefined, record: undefined, tab: undefined })
  return (
    <nav className="cl-series" aria-label={t('chart.series')}>
      <label className="cl-inline-field cl-series-choice">{t('chart.series')}
        <select value={code ?? ''} onChange={(event) => search.change({ code: event.currentTarget.value || undefined, unit: undefined, record: undefined })}>
          <option value="">{t('chart.chooseSeries')}</option>
          {series.map((one) => <option key={one.code} value={one.code}>{`${one.name} ${measured(one.last).value ?? ''}`}</option>)}
        </select>
      </label>
      <ul className="cl-lines cl-card">
        {series.map((one) => (
          <li key={one.code} className="cl-line cl-series-line" data-current={one.code === code || undefined}>
            <div>
              <Link className="cl-row-link" to={to(one.code)} aria-current={one.code === code ? 'true' : undefined} preventScrollReset>{one.name}</Link>
              <span className="cl-note cl-series-last">{measured(one.last).value} <FlagBadge flag={one.last.flag} /> <span>{t('chart.results', { count: one.count })}</span></span>
            </div>
            <Spark points={one.recent} />
          </li>
        ))}
      </ul>
    </nav>
  )
}

function OneTrend({ trend }: { readonly trend: Trend }) {
  const preferences = usePreferences()
  const { t } = preferences
  const search = useSearch()
  const table = search.get('table') !== undefined
  const groups = [...Map.groupBy(trend.lines, ({ unit }) => unit ?? '')]
  const sentences = trend.lines.map((line) => trendSentence(line, preferences))
  const many = trend.lines.length > 1
  return (
    <section className="cl-card cl-one-trend" aria-label={trend.name}>
      <div className="cl-section-head">
        <h2>{trend.name}</h2>
        {trend.units.length > 1 && (
          <label className="cl-inline-field">{t('chart.unit')}
            <select value={trend.unit} onChange={(event) => search.change({ unit: event.currentTarget.value })}>
              {trend.units.map((unit) => <option key={unit} value={unit}>{withUnits(unit)}</option>)}
            </select>
          </label>
        )}
      </div>
      {sentences.map((sentence) => <p key={sentence} className="cl-trend-words">{sentence}</p>)}
      {groups.map(([unit, lines]) => (
        <div key={unit}>
          {(many || groups.length > 1) && <Legend lines={lines} />}
          <TrendChart lines={lines} label={lines.map((line) => trendSentence(line, preferences)).join(' ')} now={Date.now()} onOpen={(id) => search.change({ record: id, tab: undefined })} />
        </div>
      ))}
      <div className="cl-decide">
        <Button variant="default" size="sm" aria-expanded={table} onClick={() => search.change({ table: table ? undefined : '1' })}>{t(table ? 'chart.hideTable' : 'chart.showTable')}</Button>
        <Button variant="default" size="sm" onClick={() => downloadFile(`trend-${trend.code.replaceAll(/[^A-Za-z0-9-]+/g, '-')}.csv`, trendCsv(trend.lines), 'text/csv')}>{t('chart.csv')}</Button>
      </div>
      {table && <TrendTable lines={trend.lines} name={trend.name} />}
    </section>
  )
}

function Legend({ lines }: { readonly lines: readonly TrendLine[] }) {
  return (
    <ul className="cl-legend">
      {lines.map((line, place) => (
        <li key={line.code ?? line.name} data-series={place}>
          <svg width="28" height="12" aria-hidden="true"><line className="cl-trend-line" x1="0" x2="28" y1="6" y2="6" />{place % 2 === 0 ? <circle cx="14" cy="6" r="4" /> : <rect x="10" y="2" width="8" height="8" />}</svg>
          {line.name}{line.unit === undefined ? '' : ` (${withUnits(line.unit)})`}
        </li>
      ))}
    </ul>
  )
}
