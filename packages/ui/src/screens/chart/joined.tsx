import { createContext, useContext, useMemo, type ReactNode } from 'react'
import { Link } from 'react-router'
import { useElsewhere } from '../../session/elsewhere.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import type { ChartSummary } from '../../session/shapes.ts'

const JoinedContext = createContext<ReadonlyMap<string, string>>(new Map())

/** Tells everything inside what the other patient records of this person are called. */
export function JoinedProvider({ merged, children }: { readonly merged: ChartSummary['merged'], readonly children: ReactNode }) {
  const { t } = usePreferences()
  const names = useMemo(() => new Map(merged.map(({ patient, localNumber }) => [patient, localNumber ?? t('state.notKnown')])), [merged, t])
  return <JoinedContext value={names}>{children}</JoinedContext>
}

/** Words for the patient record that something stands in; `undefined`: the one that is on the page. */
export function useRecordWords(): (patient: string | undefined) => string | undefined {
  const { t } = usePreferences()
  const names = useContext(JoinedContext)
  return (patient) => (patient === undefined ? undefined : t('chart.inRecord', { number: names.get(patient) ?? t('state.notKnown') }))
}

/** This person was registered more than once, and clerks said so: what was joined, and where that can be looked at. */
export function JoinedNotice({ patient, merged }: { readonly patient: string, readonly merged: ChartSummary['merged'] }) {
  const { t } = usePreferences()
  const elsewhere = useElsewhere()
  if (merged.length === 0) return null
  const numbers = merged.map(({ localNumber }) => localNumber ?? t('state.notKnown')).join(', ')
  return (
    <section className="cl-notice cl-merged" aria-label={t('chart.mergedTitle')}>
      <p>{t('chart.merged', { count: merged.length, numbers })} {elsewhere === undefined && <Link to={`/patients/${patient}/together`}>{t('chart.mergedOpen')}</Link>}</p>
    </section>
  )
}
