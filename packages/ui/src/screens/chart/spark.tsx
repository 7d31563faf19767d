import { timeOf } from './trend-geometry.ts'

/** Twenty-four results at the most, true to their dates, in the size of a word; decoration, for the value stands beside it. */
export function Spark({ points }: { readonly points: readonly { readonly date: string, readonly value: number }[] }) {
  const found = points.flatMap(({ date, value }) => { const at = timeOf(date); return at === undefined ? [] : [{ at, value }] })
  if (found.length < 2) return <svg className="cl-spark" width="64" height="20" aria-hidden="true" />
  const [times, values] = [found.map(({ at }) => at), found.map(({ value }) => value)]
  const [from, to, low, high] = [Math.min(...times), Math.max(...times), Math.min(...values), Math.max(...values)]
  const place = ({ at, value }: { readonly at: number, readonly value: number }): string => `${2 + (to === from ? 30 : ((at - from) / (to - from)) * 56)},${high === low ? 10 : 17 - ((value - low) / (high - low)) * 14}`
  const last = place(found.at(-1) as (typeof found)[number]).split(',')
  return <svg className="cl-spark" width="64" height="20" aria-hidden="true"><polyline points={found.map(place).join(' ')} /><circle cx={last[0]} cy={last[1]} r="2.5" /></svg>
}
