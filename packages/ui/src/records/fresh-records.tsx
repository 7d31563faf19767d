import { useCallback } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import type { LiveEvent } from '@careledger/client'
import { FreshLine, useLive, type Fresh } from '../session/live.tsx'
import { usePreferences } from '../session/preferences.tsx'

/** New records of one patient, as they are written. */
export function useFreshRecords(patient: string): Fresh {
  return useLive(useCallback((event: LiveEvent) => event.kind === 'record-created' && event.patient === patient, [patient]), patient)
}

/** "3 new results · show" above a view of the patient's chart; showing asks anew for what the chart shows. */
export function FreshRecords({ patient }: { readonly patient: string }) {
  const { t } = usePreferences()
  const queries = useQueryClient()
  const fresh = useFreshRecords(patient)
  const show = (): void => void queries.invalidateQueries({ predicate: ({ queryKey: [, name] }) => typeof name === 'string' && name.startsWith('hospital.chart.') })
  return <FreshLine words={t('live.records', { count: fresh.count })} fresh={fresh} onShow={show} />
}
