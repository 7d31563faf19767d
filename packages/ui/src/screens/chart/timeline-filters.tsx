import { useEffect, useState } from 'react'
import { TextInput } from '@mantine/core'
import { FilterChips } from '../../components/filter-chips.tsx'
import { kindName } from '../../records/kinds.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { useSearch } from './use-search.ts'

/** Kinds that stand by themselves; the rest is one choice away under "More kinds". */
const chipsMax = 8
/** What is never shown on a timeline. */
const background: ReadonlySet<string> = new Set(['Patient', 'Practitioner', 'PractitionerRole', 'Organization', 'Location', 'RelatedPerson', 'Person', 'HealthcareService', 'Endpoint', 'Provenance', 'Medication'])

/** Which kinds and which days; both stand in the address. */
export function TimelineFilters({ patient, counts }: { readonly patient: string, readonly counts: Readonly<Record<string, number>> | undefined }) {
  const { t, number } = usePreferences()
  const search = useSearch()
  const kind = search.get('kind')
  const known = useKept(patient, counts)
  const kinds = Object.entries(known ?? {}).filter(([type]) => !background.has(type)).sort(([, a], [, b]) => b - a)
  const choices = kinds.map(([type, count]) => ({ value: type, label: `${kindName(t, type)} ${number(count)}` }))
  const shown = choices.slice(0, chipsMax)
  const chosen = kind !== undefined && !shown.some(({ value }) => value === kind) ? [choices.find(({ value }) => value === kind) ?? { value: kind, label: kind.split(',').map((type) => kindName(t, type)).join(', ') }] : []
  const further = choices.slice(chipsMax)
  return (
    <div className="cl-timeline-filters">
      <FilterChips choices={[...shown, ...chosen]} value={kind} onChange={(value) => search.change({ kind: value, record: undefined })} />
      <div className="cl-filter-row">
        {further.length > 0 && (
          <label className="cl-inline-field">{t('chart.moreKinds')}
            <select value={further.some(({ value }) => value === kind) ? kind : ''} onChange={(event) => search.change({ kind: event.currentTarget.value || undefined, record: undefined })}>
              <option value="">–</option>
              {further.map(({ value, label }) => <option key={value} value={value}>{label}</option>)}
            </select>
          </label>
        )}
        <Day name="from" label={t('chart.fromDay')} />
        <Day name="to" label={t('chart.toDay')} />
      </div>
    </div>
  )
}

/** First and last day, both included. A day counts as soon as it is whole; the field keeps what is being typed. */
function Day({ name, label }: { readonly name: 'from' | 'to', readonly label: string }) {
  const search = useSearch()
  const asked = search.get(name) ?? ''
  const [typed, setTyped] = useState(asked)
  useEffect(() => setTyped(asked), [asked])
  const change = (value: string): void => {
    setTyped(value)
    if (value === '' || /^(19|20)\d{2}-/.test(value)) search.change({ [name]: value || undefined })
  }
  return <TextInput type="date" size="sm" label={label} value={typed} className="cl-day" onChange={(event) => change(event.currentTarget.value)} />
}

/** The numbers of one patient stay while another filter is asked. */
function useKept(patient: string, counts: Readonly<Record<string, number>> | undefined): Readonly<Record<string, number>> | undefined {
  const [kept, setKept] = useState<{ readonly patient: string, readonly counts: Readonly<Record<string, number>> }>()
  if (counts && (kept?.patient !== patient || kept.counts !== counts)) setKept({ patient, counts })
  return counts ?? (kept?.patient === patient ? kept.counts : undefined)
}
