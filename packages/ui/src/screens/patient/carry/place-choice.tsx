import type { ReactNode } from 'react'
import { Radio, Stack } from '@mantine/core'
import { EmptyState, Outcome } from '../../../components/states.tsx'
import { usePreferences } from '../../../session/preferences.tsx'
import type { PatientSummary } from '../../../session/shapes.ts'
import { useOwnRecords } from '../own-records.ts'

/** Whose records go along: asked only where more than one hospital holds some. */
export function WithPlaces({ children }: { readonly children: (places: readonly [PatientSummary, ...PatientSummary[]]) => ReactNode }) {
  const { t } = usePreferences()
  const own = useOwnRecords()
  return (
    <Outcome result={own} rows={6} height={56}>
      {({ items: [first, ...more] }) => (first ? children([first, ...more]) : <EmptyState title={t('record.none')} why={t('record.noneWhy')} icon="record" />)}
    </Outcome>
  )
}

export function PlaceChoice({ places, value, onChange }: { readonly places: readonly PatientSummary[], readonly value: PatientSummary, readonly onChange: (place: PatientSummary) => void }) {
  const { t } = usePreferences()
  if (places.length < 2) return null
  return (
    <Radio.Group size="md" label={t('carry.place')} value={value.patient} onChange={(patient) => onChange(places.find((place) => place.patient === patient) ?? value)}>
      <Stack gap="sm" mt="xs">{places.map(({ patient, custodianName }) => <Radio key={patient} value={patient} label={custodianName} />)}</Stack>
    </Radio.Group>
  )
}
