import { useEffect, type ReactNode } from 'react'
import { Tabs } from '@mantine/core'
import { useNavigate, useParams } from 'react-router'
import { WithPanel } from '../../components/detail-panel.tsx'
import { Page } from '../../components/page.tsx'
import { EmptyState, Outcome } from '../../components/states.tsx'
import { FreshRecords } from '../../records/fresh-records.tsx'
import { CheckAllButton, RecordList } from '../../records/record-list.tsx'
import { useElsewhere } from '../../session/elsewhere.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import type { ChartSummary } from '../../session/shapes.ts'
import { EmergencyRunning } from '../consent/emergency-running.tsx'
import { WriteMenu } from '../doctor/write/write-menu.tsx'
import { ElsewhereStrip } from '../elsewhere/elsewhere-strip.tsx'
import { Banner } from './banner.tsx'
import { ChartPanel } from './chart-panel.tsx'
import { Explained } from './explained.tsx'
import { JoinedNotice, JoinedProvider } from './joined.tsx'
import { LookAt } from './look-at.tsx'
import { MedicinesView } from './medicines-view.tsx'
import { SummaryView } from './summary-view.tsx'
import { TimelineView } from './timeline-view.tsx'
import { TrendsView } from './trends-view.tsx'
import { useSearch } from './use-search.ts'
import { useChartKeys } from './use-chart-keys.ts'
import { VIEWS, viewOf, useViewPath, viewWords, type View } from './views.ts'
import { VitalsStrip } from './vitals-strip.tsx'

/**
 * A patient's chart: who they are and what can harm them, the last vital signs, and five views of the record. One read gives the first
 * look; every further view is a read of its own, which the patient sees. The title never holds a name.
 */
export function ChartPage() {
  const { t } = usePreferences()
  const { patient = '', view: name } = useParams()
  const view = viewOf(name)
  const client = useClient()
  const elsewhere = useElsewhere()
  const summary = useOperation(client.hospital.chart.summary, 'hospital.chart.summary', { patient })
  return (
    <Page key={patient} place={`/patients/${patient}`} title={t('chart.title')} answer={summary.data ? <LookAt summary={summary.data} patient={patient} /> : '\u00a0'} action={summary.data && <WriteMenu patient={summary.data.banner} />}>
      <Outcome result={summary} rows={12}>
        {(data) => (
          <>
            <Banner banner={data.banner} decision={data.decision} />
            <ElsewhereStrip at={summary.dataUpdatedAt} onAgain={() => void summary.refetch()} />
            {elsewhere === undefined && <EmergencyRunning patient={patient} decision={data.decision} />}
            <JoinedNotice patient={patient} merged={data.merged} />
            <JoinedProvider merged={data.merged}>
              <VitalsStrip vitals={data.vitals} patient={patient} view={view} />
              <Views patient={patient} view={view} summary={data} />
            </JoinedProvider>
          </>
        )}
      </Outcome>
    </Page>
  )
}

function Views({ patient, view, summary }: { readonly patient: string, readonly view: View, readonly summary: ChartSummary }) {
  const { t } = usePreferences()
  const navigate = useNavigate()
  const viewPath = useViewPath()
  const search = useSearch()
  const open = search.get('record')
  const name = (custodian: string): string => (custodian === summary.banner.custodian ? summary.banner.custodianName : custodian)
  const panel = (id: string): ReactNode => <ChartPanel id={id} patient={patient} custodianName={name} />
  const show = (next: View): void => void navigate(viewPath(patient, next), { preventScrollReset: true })
  useChartKeys({ onView: (place) => { const next = VIEWS[place]; if (next) show(next) } })
  useTabInSight(view)
  return (
    <Tabs value={view} onChange={(value) => show(viewOf(value ?? undefined))} keepMounted={false} className="cl-chart-tabs">
      <Tabs.List aria-label={t('chart.views')}>
        {VIEWS.map((one) => <Tabs.Tab key={one} value={one}>{t(viewWords[one])}</Tabs.Tab>)}
      </Tabs.List>
      <Tabs.Panel value={view}>
        {view !== 'everything' && <FreshRecords patient={patient} />}
        {summary.truncated && <p className="cl-notice">{t('chart.truncated')}</p>}
        {view === 'everything' ? (
          <><div className="cl-everything-act"><CheckAllButton patient={patient} secondary /></div><RecordList patient={patient} dense custodianName={name} panel={panel} empty={<EmptyState title={t('record.none')} why={t('patient.oldest')} icon="record" />} /></>
        ) : (
          <WithPanel panel={open !== undefined && panel(open)}>
            {view === 'summary' && <SummaryView patient={patient} summary={summary} />}
            {view === 'timeline' && <TimelineView patient={patient} />}
            {view === 'trends' && <TrendsView patient={patient} />}
            {view === 'medicines' && <MedicinesView patient={patient} />}
          </WithPanel>
        )}
        <Explained decision={summary.decision} place={summary.banner.custodianName} patient={patient} />
      </Tabs.Panel>
    </Tabs>
  )
}

/** On a phone the row of tabs scrolls sideways: the chosen one is brought into sight. */
function useTabInSight(view: View): void {
  useEffect(() => {
    document.querySelector('.cl-chart-tabs [role="tab"][aria-selected="true"]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [view])
}
