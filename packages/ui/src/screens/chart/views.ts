import type { WordKey } from '../../i18n/translate.ts'
import { useElsewhere } from '../../session/elsewhere.tsx'

/** The views of a chart, in the order of their tabs; the name stands in the address. */
export const VIEWS = ['summary', 'timeline', 'trends', 'medicines', 'everything'] as const
export type View = (typeof VIEWS)[number]

export const viewWords: Readonly<Record<View, WordKey>> = {
  summary: 'chart.viewSummary', timeline: 'chart.viewTimeline', trends: 'chart.viewTrends', medicines: 'chart.viewMedicines', everything: 'chart.viewEverything',
}

/** An address that names no view shows the summary. */
export function viewOf(name: string | undefined): View {
  return VIEWS.find((view) => view === name) ?? 'summary'
}

/** Addresses of a chart's views: at this hospital, or at the one that it is read from. */
export function useViewPath(): (patient: string, view: View) => string {
  const place = useElsewhere()
  return (patient, view) => `${place === undefined ? '/patients' : `/elsewhere/${place.name}`}/${patient}/${view}`
}
