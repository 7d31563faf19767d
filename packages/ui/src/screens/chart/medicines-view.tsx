import { Button } from '@mantine/core'
import { Link } from 'react-router'
import { canStop, kindOfType, type Drafts } from '@careledger/client'
import { DataTable, type Column } from '../../components/data-table.tsx'
import { Icon } from '../../components/icon.tsx'
import { EmptyState, Outcome } from '../../components/states.tsx'
import { statusWord } from '../../records/fact-words.ts'
import { usePreferences, type Preferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import type { Reconciliation } from '../../session/shapes.ts'
import { useSession } from '../../session/session.tsx'
import type { WordKey } from '../../i18n/translate.ts'
import { kindsOf } from '../doctor/write/kind-words.ts'
import { useSearch } from './use-search.ts'

type Group = Reconciliation['groups'][number]
type Place = Reconciliation['places'][number]

/** What the person takes, wherever it was prescribed and may be read; what differs between hospitals comes first. */
export function MedicinesView({ patient }: { readonly patient: string }) {
  const { t } = usePreferences()
  const client = useClient()
  const search = useSearch()
  const medicines = useOperation(client.hospital.chart.medications, 'hospital.chart.medications', { patient })
  return (
    <Outcome result={medicines} rows={8}>
      {({ places, groups }) => {
        const current = groups.filter(({ state }) => state === 'current')
        const stopped = groups.filter(({ state }) => state === 'stopped')
        const differing = current.filter(({ differences }) => differences.length > 0).length
        const answer = current.length === 0 ? undefined : places.length === 1 ? t('chart.medicinesHere', { count: current.length, place: places[0]?.custodianName ?? '' }) : differing > 0 ? t('chart.medicinesDiffer', { count: differing }) : t('chart.medicinesAgree', { count: current.length })
        return (
          <>
            {answer !== undefined && <p className="cl-trend-words">{answer}</p>}
            {places.some(({ reach }) => reach !== 'all') && <p className="cl-notice">{t('chart.medicinesPart', { places: places.filter(({ reach }) => reach !== 'all').map(({ custodianName }) => custodianName).join(', ') })}</p>}
            {current.length === 0 ? <EmptyState icon="record" title={t('chart.medicinesNone')} why={t(places[0]?.reach === 'all' ? 'chart.medicinesNoneWhy' : places[0]?.reach === 'part' ? 'chart.noneInPart' : 'patient.allergiesUnknown')} /> : <Medicines caption={t('chart.medicinesTable')} groups={current} places={places} patient={patient} />}
            {stopped.length > 0 && (
              <details className="cl-stopped" open={search.get('stopped') !== undefined} onToggle={(event) => { if (event.currentTarget.open !== (search.get('stopped') !== undefined)) search.change({ stopped: event.currentTarget.open ? '1' : undefined }) }}>
                <summary>{t('chart.medicinesStopped', { count: stopped.length })}</summary>
                <Medicines caption={t('chart.medicinesStoppedTable')} groups={stopped} places={places} patient={patient} />
              </details>
            )}
            <p className="cl-note cl-rest">{t('chart.medicinesOthers')}</p>
          </>
        )
      }}
    </Outcome>
  )
}

function Medicines({ caption, groups, places, patient }: { readonly caption: string, readonly groups: readonly Group[], readonly places: readonly Place[], readonly patient: string }) {
  const preferences = usePreferences()
  const { t } = preferences
  const search = useSearch()
  const many = places.length > 1
  const { actor } = useSession()
  const writes = actor?.organisation !== undefined && actor.organisation === places[0]?.custodian && kindsOf(actor.roles).length > 0
  const columns: readonly [Column<Group>, ...Column<Group>[]] = [
    { key: 'what', head: t('chart.columnMedicine'), cell: ({ name }) => name },
    ...places.map((place): Column<Group> => ({ key: place.patient, head: many ? place.custodianName : t('field.dose'), cell: (group) => <AtPlace group={group} place={place} /> })),
    ...(writes ? [{ key: 'act', head: t('chart.columnAct'), cell: (group: Group) => <Actions group={group} places={places} patient={patient} /> }] : []),
    ...(many ? [{ key: 'differs', head: t('chart.columnDiffers'), cell: (group: Group) => <Differences group={group} places={places} /> }] : []),
  ]
  const first = ({ entries }: Group): string => entries[0]?.item.id ?? ''
  return <DataTable caption={caption} columns={columns} rows={groups} rowKey={first} current={search.get('record')} to={(group) => search.with({ record: first(group), tab: undefined })} />
}

/**
 * What a reader who writes here does about a medicine: change or stop what this hospital has, or keep what only another one has as taken. Each leads to
 * its form, the check page and a signature.
 */
function Actions({ group, places, patient }: { readonly group: Group, readonly places: readonly Place[], readonly patient: string }) {
  const { t } = usePreferences()
  const { actor } = useSession()
  const kinds = kindsOf(actor?.roles ?? [])
  const own = group.entries.find((entry) => entry.patient === patient)
  const other = group.entries.find((entry) => entry.patient !== patient && entry.state === 'current')
  const kind = own === undefined ? undefined : kindOfType(own.item.type)
  const link = (to: string, words: WordKey, state?: object) => <Button size="sm" variant="default" component={Link} to={to} state={state} aria-label={t('chart.actOf', { act: t(words), name: group.name })}>{t(words)}</Button>
  return (
    <span className="cl-medicine-acts">
      {own?.state === 'current' && kind !== undefined && kinds.includes(kind) && link(`/patients/${patient}/write/${kind}?replaces=${own.item.id}`, 'write.amend')}
      {own?.state === 'current' && kind !== undefined && kinds.includes(kind) && canStop(own.item.type, own.item.status) && link(`/patients/${patient}/write/stop?replaces=${own.item.id}`, 'write.stop')}
      {own?.state !== 'current' && other !== undefined && link(`/patients/${patient}/write/taking`, 'chart.actKeep', { taking: takenFrom(other, places) })}
    </span>
  )
}

/** What another hospital has, as the form begins with it. */
function takenFrom({ item, patient }: Group['entries'][number], places: readonly Place[]): Drafts['taking'] {
  const bar = item.code?.indexOf('|') ?? -1
  const system = item.code?.slice(0, bar) ?? ''
  const codings = item.code === undefined ? undefined : [{ ...(system === '' ? {} : { system }), code: item.code.slice(bar + 1), display: item.title }]
  return { medicine: { text: item.title, codings }, dosage: item.dose ?? '', source: places.find((place) => place.patient === patient)?.custodianName ?? '', note: '' }
}

function AtPlace({ group, place }: { readonly group: Group, readonly place: Place }) {
  const { t, clinicalDate } = usePreferences()
  const entry = group.entries.find(({ patient }) => patient === place.patient)
  if (entry === undefined) return <span className="cl-note">{t(place.reach === 'all' ? 'chart.notThere' : 'state.notKnown')}</span>
  const { item, strengths, earlier } = entry
  const facts = [strengths.join(' + '), item.dose].filter((fact) => fact !== undefined && fact !== '')
  return (
    <span className="cl-medicine">
      <span>{facts.length > 0 ? facts.join(', ') : t('chart.noDose')}</span>
      <span className="cl-note">{[statusWord(t, item.status), item.date && clinicalDate(item.date.slice(0, 10)), item.recorded ? t('chart.recordedBy', { author: item.author.name }) : item.author.name, earlier > 0 ? t('chart.earlier', { count: earlier }) : undefined].filter(Boolean).join(' · ')}</span>
    </span>
  )
}

function Differences({ group, places }: { readonly group: Group, readonly places: readonly Place[] }) {
  const { t } = usePreferences()
  if (group.differences.length === 0) return <span className="cl-note">{t('chart.differsNot')}</span>
  return <ul className="cl-plain-list">{group.differences.map((difference) => <li key={JSON.stringify(difference)} className="cl-differs"><Icon name="triangle" size={16} /> {differenceWords(t, difference, places)}</li>)}</ul>
}

function differenceWords(t: Preferences['t'], difference: Group['differences'][number], places: readonly Place[]): string {
  if (!('custodian' in difference)) return t(difference.kind === 'strength' ? 'chart.differsStrength' : 'chart.differsDose')
  const place = places.find(({ custodian }) => custodian === difference.custodian)?.custodianName ?? difference.custodian
  return t(difference.kind === 'only-at' ? 'chart.differsOnly' : 'chart.differsStopped', { place })
}
