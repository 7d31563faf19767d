import { useState, type PointerEvent } from 'react'
import { useElementSize } from '@mantine/hooks'
import { flagLetter } from '../../records/flag-badge.tsx'
import { withUnits } from '../../records/units.ts'
import { usePreferences, type Preferences } from '../../session/preferences.tsx'
import type { TrendLine } from '../../session/shapes.ts'
import { rangeWords } from './item-words.ts'
import { pointWords } from './trend-words.ts'
import { along, bands, placed, runs, timeScale, valueScale, type PlacedPoint, type Scale } from './trend-geometry.ts'

interface TrendChartProps {
  /** Lines of one unit; at most four are told apart. */
  readonly lines: readonly TrendLine[]
  readonly label: string
  readonly now: number
  readonly onOpen: (id: string) => void
}

const margin = { top: 22, right: 64, bottom: 28, left: 48 }

/**
 * Results over time: true time scale that ends at now, straight lines that break at gaps, the range of each result behind it, the last
 * value written beside its point. Drawn for eyes; the sentence above and the table below say the same.
 */
export function TrendChart({ lines, label, now, onOpen }: TrendChartProps) {
  const preferences = usePreferences()
  const { ref, width: measured } = useElementSize()
  const [near, setNear] = useState<PlacedPoint>()
  const width = Math.max(measured, 280)
  const height = width < 520 ? 220 : 300
  const [left, right, top, bottom] = [margin.left, width - margin.right, margin.top, height - margin.bottom]
  const drawn = lines.map((line) => ({ line, points: placed(line) }))
  const all = drawn.flatMap(({ points }) => points.filter((point) => point !== undefined))
  if (all.length === 0) return null
  const [time, value] = [timeScale(all, now, width < 520 ? 4 : 8), valueScale(all)]
  const x = (at: number): number => along(time, at, left, right)
  const y = (number: number): number => along(value, number, bottom, top)

  const find = (event: PointerEvent<SVGSVGElement>): void => {
    const box = event.currentTarget.getBoundingClientRect()
    const [px, py] = [event.clientX - box.left, event.clientY - box.top]
    const distance = (point: PlacedPoint): number => (x(point.at) - px) ** 2 + ((y(point.value) - py) / 3) ** 2
    setNear(all.reduce((best, point) => (distance(point) < distance(best) ? point : best)))
  }

  return (
    <div className="cl-trend" ref={ref}>
      <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label} onPointerMove={find} onPointerLeave={() => setNear(undefined)} onClick={() => near && onOpen(near.point.id)}>
        {lines.length === 1 && bands(all, time.min, now).map((band) => {
          const [upper, lower] = [band.high === undefined ? top : y(band.high), band.low === undefined ? bottom : y(band.low)]
          return (
            <g key={band.from}>
              <rect className="cl-trend-band" x={x(band.from)} y={upper} width={Math.max(0, x(band.to) - x(band.from))} height={Math.max(0, lower - upper)} />
              {[band.high, band.low].map((end, side) => end !== undefined && <line key={side} className="cl-trend-edge" x1={x(band.from)} x2={x(band.to)} y1={y(end)} y2={y(end)} />)}
            </g>
          )
        })}
        <Axes time={time} value={value} x={x} y={y} left={left} right={right} bottom={bottom} preferences={preferences} />
        {drawn.map(({ line, points }, place) => (
          <g key={line.code ?? line.name} data-series={place}>
            {lines.length > 1 && bands(points.filter((point) => point !== undefined), time.min, now).flatMap((band) => [band.low, band.high].map((end) => end !== undefined && <line key={`${band.from}-${end}`} className="cl-trend-limit" x1={x(band.from)} x2={x(band.to)} y1={y(end)} y2={y(end)} />))}
            {runs(points).map((run) => <polyline key={run[0]?.at} className="cl-trend-line" points={run.map((point) => `${x(point.at)},${y(point.value)}`).join(' ')} />)}
            {points.map((point) => point && <Mark key={point.point.id} point={point} x={x(point.at)} y={y(point.value)} series={place} near={near === point} />)}
            <LastLabel points={points} x={x} y={y} line={line} named={lines.length > 1} preferences={preferences} />
          </g>
        ))}
        {near && <line className="cl-trend-cross" x1={x(near.at)} x2={x(near.at)} y1={top} y2={bottom} />}
      </svg>
      <p className="cl-note cl-trend-near" aria-hidden="true">{near ? [pointWords(near.point, preferences), rangeWords(near.point)].filter(Boolean).join(' · ') : preferences.t('chart.trendHint')}</p>
    </div>
  )
}

function Axes({ time, value, x, y, left, right, bottom, preferences }: {
  readonly time: ReturnType<typeof timeScale>
  readonly value: Scale
  readonly x: (at: number) => number
  readonly y: (value: number) => number
  readonly left: number
  readonly right: number
  readonly bottom: number
  readonly preferences: Preferences
}) {
  return (
    <g className="cl-trend-axes">
      {value.ticks.map((tick) => <g key={tick}><line x1={left} x2={right} y1={y(tick)} y2={y(tick)} /><text x={left - 8} y={y(tick)} dy="0.35em" textAnchor="end">{preferences.number(tick)}</text></g>)}
      <line className="cl-trend-base" x1={left} x2={right} y1={bottom} y2={bottom} />
      {time.ticks.filter((tick) => x(tick) < right - 44).map((tick) => <g key={tick}><line className="cl-trend-base" x1={x(tick)} x2={x(tick)} y1={bottom} y2={bottom + 4} /><text x={x(tick)} y={bottom + 18} textAnchor="middle">{tickWords(tick, time.unit, preferences)}</text></g>)}
      <text x={right} y={bottom + 18} textAnchor="middle" className="cl-trend-now">{preferences.t('chart.now')}</text>
    </g>
  )
}

function tickWords(at: number, unit: 'day' | 'month' | 'year', { clinicalDate }: Preferences): string {
  return clinicalDate(new Date(at).toISOString().slice(0, unit === 'year' ? 4 : unit === 'month' ? 7 : 10))
}

/** Shapes tell lines apart, letters say what is not as usual: neither rests on colour. */
function Mark({ point, x, y, series, near }: { readonly point: PlacedPoint, readonly x: number, readonly y: number, readonly series: number, readonly near: boolean }) {
  const letter = flagLetter(point.point.flag)
  const size = near ? 6 : 4
  return (
    <g className="cl-trend-mark" data-flag={letter || undefined}>
      {series % 2 === 0 ? <circle cx={x} cy={y} r={size} /> : <rect x={x - size} y={y - size} width={size * 2} height={size * 2} />}
      {letter !== '' && <text x={x} y={y - 9} textAnchor="middle">{letter}</text>}
    </g>
  )
}

function LastLabel({ points, x, y, line, named, preferences: { number } }: { readonly preferences: Preferences, readonly points: readonly (PlacedPoint | undefined)[], readonly x: (at: number) => number, readonly y: (value: number) => number, readonly line: TrendLine, readonly named: boolean }) {
  const last = points.findLast((point) => point !== undefined)
  if (last === undefined) return null
  return (
    <text className="cl-trend-last" x={x(last.at) + 9} y={y(last.value)} dy="0.35em">
      {number(Number(last.value.toPrecision(5)))}{named ? '' : line.unit === undefined ? '' : ` ${withUnits(line.unit)}`}
    </text>
  )
}
