import type { z } from 'zod'
import { readChartDetail, readChartSummary, readNews, readTimeline, readTrends, reconcileMedications } from '@careledger/logic'
import type { ChartItem, MedicineGroup, TimelinePage, Trend } from '@careledger/logic'
import { toBase64url } from '@careledger/proof'
import { hospital } from '../../contracts/hospital/index.ts'
import type { chartItem } from '../../contracts/hospital/chart.ts'
import { implement, signedIn } from '../../operation.ts'
import { once, withOwn } from '../../prepared-answers.ts'
import { nextOf, toDecision } from './to-answer.ts'

const usesProof = { usesProof: true }

export const chart = {
  summary: implement(hospital.chart.summary, async (context, input) => {
    const { value, decision } = await readChartSummary(context.parts, signedIn(context), { ...input, proof: context.proof })
    const { allergies, ...banner } = value.banner
    return {
      banner: { ...banner, ...(allergies === undefined ? {} : { allergies: [...allergies] }) },
      merged: value.merged.map((one) => ({ ...one })),
      vitals: { reach: value.vitals.reach, items: value.vitals.items.map(toChartItem) },
      sections: value.sections.map((section) => ({ ...section, types: [...section.types], items: section.items.map(toChartItem) })),
      latest: { ...value.latest }, counts: { ...value.counts }, truncated: value.truncated, decision: toDecision(decision),
    }
  }, usesProof),
  timeline: implement(hospital.chart.timeline, async (context, input) => {
    const { value, decision } = await readTimeline(context.parts, signedIn(context), { ...input, proof: context.proof })
    return withOwn(once(value, toTimeline), { decision: toDecision(decision) })
  }, usesProof),
  trends: implement(hospital.chart.trends, async (context, input) => {
    const { value, decision } = await readTrends(context.parts, signedIn(context), { ...input, proof: context.proof })
    const series = value.series.map((one) => ({ ...one, last: toChartItem(one.last), recent: one.recent.map((point) => ({ ...point })) }))
    return { reach: value.reach, series, decision: toDecision(decision), ...(value.trend === undefined ? {} : { trend: toTrend(value.trend) }) }
  }, usesProof),
  medications: implement(hospital.chart.medications, async (context, input) => {
    const { places, groups } = await reconcileMedications(context.parts, signedIn(context), input)
    return { places: places.map(({ decision, ...place }) => ({ ...place, decision: toDecision(decision) })), groups: groups.map(toGroup) }
  }),
  news: implement(hospital.chart.news, async (context, input) => {
    const { value, decision } = await readNews(context.parts, signedIn(context), { ...input, proof: context.proof })
    return { ...value, items: value.items.map(toChartItem), counts: { ...value.counts }, decision: toDecision(decision) }
  }, usesProof),
  detail: implement(hospital.chart.detail, async (context, input) => {
    const { value, decision } = await readChartDetail(context.parts, signedIn(context), { ...input, proof: context.proof })
    const { opening: { salt, mediaType, payload }, signature } = value
    return {
      item: toChartItem(value.item), patient: value.patient, entry: value.entry, decision: toDecision(decision),
      signature: 'path' in signature ? { ...signature, path: [...signature.path] } : signature,
      opening: { salt: toBase64url(salt), mediaType, payload: toBase64url(payload) },
      related: value.related.map((one) => ({ ...one, item: toChartItem(one.item) })),
      provenance: value.provenance.map((one) => ({ ...one, agents: one.agents.map((agent) => ({ ...agent })), author: { ...one.author } })),
    }
  }, usesProof),
}

function toTimeline({ visits, truncated, counts, ...page }: TimelinePage) {
  const shown = visits.map(({ encounter, items, ...visit }) => ({ ...visit, items: items.map(toChartItem), ...(encounter === undefined ? {} : { encounter: toChartItem(encounter) }) }))
  return { visits: shown, truncated, ...nextOf(page), ...(counts === undefined ? {} : { counts: { ...counts } }) }
}

function toChartItem({ versions, measure, ...item }: ChartItem): z.input<typeof chartItem> {
  const { parts, ...numbers } = measure ?? {}
  return {
    ...item, author: { ...item.author }, versions: versions.map((version) => ({ ...version, author: { ...version.author } })),
    ...(measure === undefined ? {} : { measure: { ...numbers, name: measure.name, ...(parts === undefined ? {} : { parts: parts.map((part) => ({ ...part })) }) } }),
  }
}

function toTrend({ units, lines, ...trend }: Trend) {
  return { ...trend, units: [...units], lines: lines.map(({ points, ...line }) => ({ ...line, points: points.map((point) => ({ ...point, original: { ...point.original }, author: { ...point.author } })) })) }
}

function toGroup({ entries, differences, ...group }: MedicineGroup) {
  return { ...group, entries: entries.map(({ item, strengths, ...entry }) => ({ ...entry, strengths: [...strengths], item: toChartItem(item) })), differences: differences.map((difference) => ({ ...difference })) }
}
