import { useMemo } from 'react'
import { Button, Tabs } from '@mantine/core'
import { Link } from 'react-router'
import { fromBase64url } from '@careledger/proof'
import { DetailPanel } from '../../components/detail-panel.tsx'
import { Facts } from '../../components/facts.tsx'
import { Outcome } from '../../components/states.tsx'
import { factsInWords } from '../../records/fact-words.ts'
import { FlagBadge } from '../../records/flag-badge.tsx'
import { kindName } from '../../records/kinds.ts'
import { otherFacts } from '../../records/other-facts.ts'
import { plainFacts } from '../../records/plain-words.ts'
import { ProofBadge, ProofHint } from '../../records/proof-badge.tsx'
import { ProofPanel } from '../../records/proof-panel.tsx'
import { Source } from '../../records/record-panel.tsx'
import { readResource, type Resource } from '../../records/resource.ts'
import { withUnits } from '../../records/units.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import type { ChartDetail } from '../../session/shapes.ts'
import { AmendActions } from '../doctor/write/write-menu.tsx'
import { Attachments } from './attachments.tsx'
import { CompareVersions } from './compare-versions.tsx'
import { Origin } from './origin.tsx'
import { Related } from './related.tsx'
import { useSearch } from './use-search.ts'
import { VersionsFold } from './versions-fold.tsx'
import { useViewPath } from './views.ts'

/** One record of a chart: in words with what it corrected, what it leads to and where it came from; its proof; its source. */
export function ChartPanel({ id, patient, custodianName }: { readonly id: string, readonly patient: string, readonly custodianName: (custodian: string) => string }) {
  const { t } = usePreferences()
  const client = useClient()
  const search = useSearch()
  const tab = search.get('tab') ?? 'words'
  const detail = useOperation(client.hospital.chart.detail, 'hospital.chart.detail', { id })
  const show = (next: string | undefined): void => search.change({ tab: next === 'words' ? undefined : next })
  return (
    <DetailPanel id={id} title={detail.data ? withUnits(detail.data.item.title) : t('record.panel')} onClose={() => search.change({ record: undefined, tab: undefined })}>
      <Outcome result={detail} rows={6}>
        {(data) => (
          <>
            <div className="cl-panel-line"><span>{kindName(t, data.item.type)} <FlagBadge flag={data.item.flag} /></span><ProofBadge item={data.item} /></div>
            <ProofHint item={data.item} />
            <Tabs value={tab} onChange={(value) => show(value ?? undefined)} keepMounted={false}>
              <Tabs.List>
                <Tabs.Tab value="words">{t('record.plain')}</Tabs.Tab>
                <Tabs.Tab value="proof" data-shortcut="proof">{t('proof.title')}</Tabs.Tab>
                <Tabs.Tab value="source">{t('record.raw')}</Tabs.Tab>
              </Tabs.List>
              <Tabs.Panel value="words"><InWords data={data} patient={patient} place={data.item.author.organisationName ?? custodianName(data.item.custodian)} onProof={() => show('proof')} /></Tabs.Panel>
              <Tabs.Panel value="proof"><ProofPanel id={id} author={data.item.author.name} {...(data.item.replacedBy !== undefined && { replacedBy: data.item.replacedBy })} /></Tabs.Panel>
              <Tabs.Panel value="source"><Source data={data} /></Tabs.Panel>
            </Tabs>
          </>
        )}
      </Outcome>
    </DetailPanel>
  )
}

/** Where a record has fewer lines of its own, the rest is not folded. */
const fewFacts = 3

function InWords({ data, patient, place, onProof }: { readonly data: ChartDetail, readonly patient: string, readonly place: string, readonly onProof: () => void }) {
  const preferences = usePreferences()
  const { t } = preferences
  const search = useSearch()
  const resource = useMemo(() => readResource(fromBase64url(data.opening.payload)), [data.opening.payload])
  const { item, related } = data
  const viewPath = useViewPath()
  const titles = useMemo(() => new Map(related.map(({ reference, item: { title } }) => [reference, title])), [related])
  const plain = useMemo(() => (resource === undefined ? [] : plainFacts(resource, (reference) => titles.get(reference))), [resource, titles])
  return (
    <>
      {item.replacedBy !== undefined && <p className="cl-notice">{t('record.replaced')} <Link to={search.with({ record: item.replacedBy })}>{t('record.replacedOpen')}</Link></p>}
      {item.status === 'entered-in-error' && <p className="cl-notice">{t('chart.inError')}</p>}
      <VersionsFold item={item} open />
      <CompareVersions key={item.id} item={item} current={resource} />
      {resource ? <Facts facts={factsInWords(plain, preferences)} /> : <p>{t('record.notFhir')}</p>}
      {item.measure !== undefined && item.code !== undefined && <p><Link to={`${viewPath(patient, 'trends')}?code=${encodeURIComponent(item.code)}&record=${item.id}`}>{t('chart.seeTrend')}</Link></p>}
      {resource && <Attachments resource={resource} record={item.id} />}
      <Related related={related} />
      {resource && <Others resource={resource} names={(reference) => titles.get(reference)} open={plain.length < fewFacts} />}
      <Origin data={data} place={place} page={patient} />
      <Button onClick={onProof} variant="default">{t('record.openProof')}</Button>
      <AmendActions patient={data.patient} item={item} />
    </>
  )
}

/** Everything else that the resource says, by the names of the standard: nothing is hidden because a screen does not know it. */
function Others({ resource, names, open }: { readonly resource: Resource, readonly names: (reference: string) => string | undefined, readonly open: boolean }) {
  const { t } = usePreferences()
  const facts = otherFacts(resource, names)
  if (facts.length === 0) return null
  return <details className="cl-others" open={open}><summary>{t('chart.otherFacts', { count: facts.length })}</summary><div lang="en"><Facts facts={facts.map(({ name, value }) => ({ label: name, value: withUnits(value) }))} /></div></details>
}
