import { useMemo, useState } from 'react'
import { NativeSelect } from '@mantine/core'
import { fromBase64url } from '@careledger/proof'
import { Outcome } from '../../components/states.tsx'
import { ChangesList } from '../../records/changes-list.tsx'
import { readResource, type Resource } from '../../records/resource.ts'
import { withUnits } from '../../records/units.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import type { ChartItem } from '../../session/shapes.ts'

/** Any two versions of a record beside each other. A version is read when it is compared, which the patient sees. */
export function CompareVersions({ item, current }: { readonly item: ChartItem, readonly current: Resource | undefined }) {
  const { t, instant } = usePreferences()
  const [open, setOpen] = useState(false)
  const all = [{ id: item.id, title: item.title, author: item.author, recordedAt: item.recordedAt }, ...item.versions]
  const [from, setFrom] = useState(all[1]?.id ?? item.id)
  const [to, setTo] = useState(item.id)
  if (all.length < 2) return null
  const choices = all.map(({ id, title, author, recordedAt }) => ({ value: id, label: t('changes.version', { date: instant(recordedAt, 'clinical'), author: author.name, title: withUnits(title) }) }))
  return (
    <details className="cl-compare" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t('changes.compare')}</summary>
      {open && (
        <>
          {all.length > 2 && (
            <div className="cl-compare-choice">
              <NativeSelect label={t('changes.from')} value={from} onChange={(event) => setFrom(event.currentTarget.value)} data={choices} />
              <NativeSelect label={t('changes.to')} value={to} onChange={(event) => setTo(event.currentTarget.value)} data={choices} />
            </div>
          )}
          {from === to ? <p>{t('changes.same')}</p> : <Compared key={`${from}/${to}`} from={from} to={to} known={{ id: item.id, resource: current }} />}
        </>
      )}
    </details>
  )
}

interface Known {
  readonly id: string
  readonly resource: Resource | undefined
}

/** What `to` says otherwise than `from`; `known` is at hand already, the other one is read. */
export function Compared({ from, to, known }: { readonly from: string, readonly to: string, readonly known: Known }) {
  const [before, after] = [useVersion(from, known), useVersion(to, known)]
  return (
    <Outcome result={before} rows={2}>
      {(old) => <Outcome result={after} rows={2}>{(now) => <Both before={old.resource} after={now.resource} />}</Outcome>}
    </Outcome>
  )
}

function Both({ before, after }: { readonly before: Resource | undefined, readonly after: Resource | undefined }) {
  const { t } = usePreferences()
  return before === undefined || after === undefined ? <p>{t('changes.notFhir')}</p> : <ChangesList before={before} after={after} />
}

function useVersion(id: string, known: Known) {
  const client = useClient()
  const read = useOperation(client.hospital.records.read, 'hospital.records.read', { id }, { enabled: id !== known.id })
  const payload = read.data?.opening.payload
  const resource = useMemo(() => (payload === undefined ? undefined : readResource(fromBase64url(payload))), [payload])
  if (id === known.id) return { data: { resource: known.resource }, error: null, dataUpdatedAt: 0, refetch: read.refetch }
  return { data: payload === undefined ? undefined : { resource }, error: read.error, dataUpdatedAt: read.dataUpdatedAt, refetch: read.refetch }
}
