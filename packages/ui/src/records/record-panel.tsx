import { useMemo, useState } from 'react'
import { Button, Tabs } from '@mantine/core'
import { Link, useSearchParams } from 'react-router'
import { fromBase64url } from '@careledger/proof'
import { DetailPanel } from '../components/detail-panel.tsx'
import { Facts, SourceText } from '../components/facts.tsx'
import { Outcome } from '../components/states.tsx'
import { Rich } from '../components/rich.tsx'
import { usePreferences } from '../session/preferences.tsx'
import { useClient } from '../session/services.tsx'
import { useSession } from '../session/session.tsx'
import { useOperation } from '../session/query.ts'
import type { RecordRead } from '../session/shapes.ts'
import { Attachments } from '../screens/chart/attachments.tsx'
import { Compared } from '../screens/chart/compare-versions.tsx'
import { AmendActions } from '../screens/doctor/write/write-menu.tsx'
import { factsInWords } from './fact-words.ts'
import { kindName } from './kinds.ts'
import { plainFacts } from './plain-words.ts'
import { ProofBadge, ProofHint } from './proof-badge.tsx'
import { ProofPanel } from './proof-panel.tsx'
import { readResource, type Resource } from './resource.ts'
import { ResultWords } from './result-words.tsx'
import { withUnits } from './units.ts'

/** One record: in words, its proof, and its source. The open record and the tab stand in the address. */
export function RecordPanel({ id, custodianName }: { readonly id: string, readonly custodianName: (custodian: string) => string }) {
  const { t } = usePreferences()
  const client = useClient()
  const [search, setSearch] = useSearchParams()
  const tab = search.get('tab') ?? 'words'
  const record = useOperation(client.hospital.records.read, 'hospital.records.read', { id })

  const change = (values: Readonly<Record<string, string | undefined>>): void => setSearch((before) => {
    const next = new URLSearchParams(before)
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) next.delete(name)
      else next.set(name, value)
    }
    return next
  }, { preventScrollReset: true })

  return (
    <DetailPanel id={id} title={record.data ? withUnits(record.data.item.title) : t('record.panel')} onClose={() => change({ record: undefined, tab: undefined })}>
      <Outcome result={record} rows={6}>
        {(data) => (
          <>
            <div className="cl-panel-line">
              <span>{kindName(t, data.item.type)}</span>
              <ProofBadge item={data.item} />
            </div>
            <ProofHint item={data.item} />
            <Tabs value={tab} onChange={(value) => change({ tab: value === 'words' ? undefined : (value ?? undefined) })} keepMounted={false}>
              <Tabs.List>
                <Tabs.Tab value="words">{t('record.plain')}</Tabs.Tab>
                <Tabs.Tab value="proof" data-shortcut="proof">{t('proof.title')}</Tabs.Tab>
                <Tabs.Tab value="source">{t('record.raw')}</Tabs.Tab>
              </Tabs.List>
              <Tabs.Panel value="words"><InWords data={data} place={custodianName(data.item.custodian)} onProof={() => change({ tab: 'proof' })} /></Tabs.Panel>
              <Tabs.Panel value="proof"><ProofPanel id={id} author={data.item.author.name} {...(data.item.replacedBy !== undefined && { replacedBy: data.item.replacedBy })} /></Tabs.Panel>
              <Tabs.Panel value="source"><Source data={data} /></Tabs.Panel>
            </Tabs>
          </>
        )}
      </Outcome>
    </DetailPanel>
  )
}

function InWords({ data, place, onProof }: { readonly data: RecordRead, readonly place: string, readonly onProof: () => void }) {
  const preferences = usePreferences()
  const { t, instant } = preferences
  const isOwn = useSession().actor?.roles.includes('patient') === true
  const [search] = useSearchParams()
  const resource = useMemo(() => readResource(fromBase64url(data.opening.payload)), [data.opening.payload])
  const facts = resource ? plainFacts(resource) : undefined
  const newer = new URLSearchParams(search)
  if (data.item.replacedBy !== undefined) newer.set('record', data.item.replacedBy)
  return (
    <>
      {data.item.replacedBy !== undefined && <p className="cl-notice">{t('record.replaced')} <Link to={`?${newer.toString()}`}>{t('record.replacedOpen')}</Link></p>}
      {isOwn && <ResultWords data={data} />}
      <WhatChanged data={data} resource={resource} />
      {facts ? <Facts facts={factsInWords(facts, preferences)} /> : <p>{t('record.notFhir')}</p>}
      {resource && <Attachments resource={resource} record={data.item.id} />}
      <p className="cl-note"><Rich k="record.writtenBy" values={{ author: data.item.author.name, place, time: instant(data.item.recordedAt, 'patient') }} /></p>
      <Button onClick={onProof} variant="default">{t('record.openProof')}</Button>
      <AmendActions patient={data.patient} item={data.item} />
    </>
  )
}

/** Of a version that amends another one: what it changed, on demand, since the former one is read for it. */
function WhatChanged({ data: { item, entry }, resource }: { readonly data: RecordRead, readonly resource: Resource | undefined }) {
  const { t } = usePreferences()
  const [open, setOpen] = useState(false)
  const { replaces } = useMemo(() => JSON.parse(entry) as { readonly replaces?: string }, [entry])
  if (replaces === undefined) return null
  return <details className="cl-compare" onToggle={(event) => setOpen(event.currentTarget.open)}><summary>{t('changes.since')}</summary>{open && <Compared from={replaces} to={item.id} known={{ id: item.id, resource }} />}</details>
}

/** The exact bytes. */
export function Source({ data }: { readonly data: Pick<RecordRead, 'opening'> }) {
  const { t, number } = usePreferences()
  const bytes = useMemo(() => fromBase64url(data.opening.payload), [data.opening.payload])
  const text = useMemo(() => new TextDecoder().decode(bytes), [bytes])
  return (
    <>
      <p className="cl-note">{t('record.rawHint', { size: number(bytes.length) })}</p>
      <SourceText text={text} label={t('record.raw')} />
    </>
  )
}
