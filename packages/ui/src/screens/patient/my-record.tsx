import { useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { Page } from '../../components/page.tsx'
import { FilterChips } from '../../components/filter-chips.tsx'
import { EmptyState, Outcome } from '../../components/states.tsx'
import { CheckAllButton, RecordList } from '../../records/record-list.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import type { PatientSummary } from '../../session/shapes.ts'
import { useOwnRecords } from './own-records.ts'

/** Everything written about the patient, in words, each line with its proof. */
export function MyRecord() {
  const { t } = usePreferences()
  const own = useOwnRecords()
  const [search, setSearch] = useSearchParams()
  const places = own.data?.items ?? []
  const place = places.find(({ patient }) => patient === search.get('from')) ?? places[0]
  const [total, setTotal] = useState<number>()
  const name = (custodian: string): string => places.find((one) => one.custodian === custodian)?.custodianName ?? custodian
  return (
    <Page title={t('record.title')} answer={place && total !== undefined ? t('record.answer', { count: total, places: place.custodianName }) : '\u00a0'} action={place && <CheckAllButton patient={place.patient} />}>
      {places.length > 1 && (
        <FilterChips all={places[0]?.custodianName ?? ''} value={place === places[0] ? undefined : place?.patient} choices={places.slice(1).map((one) => ({ value: one.patient, label: one.custodianName }))}
          onChange={(value) => setSearch(value === undefined ? {} : { from: value })} />
      )}
      <Outcome result={own} rows={10}>{() => (place ? <Records place={place} name={name} onTotal={setTotal} /> : <EmptyState title={t('record.none')} why={t('record.noneWhy')} icon="record" />)}</Outcome>
      {place && <p><Link to="/me/erasure">{t('keeping.mineLink')}</Link></p>}
    </Page>
  )
}

function Records({ place, name, onTotal }: { readonly place: PatientSummary, readonly name: (custodian: string) => string, readonly onTotal: (total: number) => void }) {
  const { t } = usePreferences()
  return <RecordList patient={place.patient} custodianName={name} onTotal={onTotal} empty={<EmptyState title={t('record.none')} why={t('record.noneWhy')} icon="record" />} />
}
