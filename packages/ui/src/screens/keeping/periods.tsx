import { useState } from 'react'
import { Button } from '@mantine/core'
import { RETENTION_PRESETS, retentionDraft, signAs, type RetentionRule } from '@careledger/client'
import { DataTable, type Column } from '../../components/data-table.tsx'
import { Page, Section } from '../../components/page.tsx'
import { EmptyState, ErrorState, Outcome } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import { useSession } from '../../session/session.tsx'
import { useAct } from './use-act.ts'

type Country = keyof typeof RETENTION_PRESETS

/** For how long records must be kept here, and by which law; an administrator sets it, after a preview. */
export function Periods() {
  const { t, instant } = usePreferences()
  const client = useClient()
  const { actor } = useSession()
  const state = useOperation(client.hospital.retention.read, 'hospital.retention.read', {})
  const act = useAct()
  const [country, setCountry] = useState<Country>()
  const admin = actor?.roles.includes('admin') ?? false
  return (
    <Page title={t('keeping.periodsTitle')} answer={t('keeping.periodsAnswer')}>
      <Outcome result={state} rows={6}>
        {({ rules, set, custodian }) => (
          <>
            <div className="cl-section">{rules.length > 0 ? <RuleTable rules={rules} /> : <EmptyState title={t('keeping.periodsNone')} why={t('keeping.periodsNoneWhy')} icon="clock" />}</div>
            {set !== undefined && <p className="cl-note">{t('keeping.setOn', { date: instant(set.at, 'clinical') })}</p>}
            <p className="cl-note" role="status">{act.said}</p>
            {act.error !== undefined && <ErrorState error={act.error} />}
            {!admin && <p className="cl-note">{t('keeping.onlyAdmin')}</p>}
            {admin && (
              <Section title={t('keeping.preset')}>
                <div className="cl-decide">
                  {(Object.keys(RETENTION_PRESETS) as Country[]).map((key) => <Button key={key} variant={country === key ? 'filled' : 'default'} aria-pressed={country === key} onClick={() => setCountry(key)}>{t(key === 'KR' ? 'keeping.presetKR' : 'keeping.presetDE')}</Button>)}
                </div>
                <p className="cl-note">{t('keeping.presetHow')}</p>
                {country !== undefined && (
                  <>
                    <h3>{t('keeping.previewTitle')}</h3>
                    <RuleTable rules={RETENTION_PRESETS[country]} preview />
                    <div className="cl-decide">
                      <Button loading={act.busy} onClick={() => void act.run(async () => client.hospital.retention.set.mutate({ entry: await signAs(client, retentionDraft(custodian, RETENTION_PRESETS[country])) }), 'keeping.saidSet').then((done) => { if (done) setCountry(undefined) })}>{t('keeping.setThem', { count: RETENTION_PRESETS[country].length })}</Button>
                      <Button variant="default" onClick={() => setCountry(undefined)}>{t('keeping.notYet')}</Button>
                    </div>
                  </>
                )}
              </Section>
            )}
          </>
        )}
      </Outcome>
    </Page>
  )
}

function RuleTable({ rules, preview = false }: { readonly rules: readonly RetentionRule[], readonly preview?: boolean }) {
  const { t, number } = usePreferences()
  const columns: readonly [Column<RetentionRule>, ...Column<RetentionRule>[]] = [
    { key: 'basis', head: t('keeping.columnBasis'), cell: ({ basis, source }) => <a href={source} target="_blank" rel="noreferrer">{basis}</a> },
    { key: 'years', head: t('keeping.columnYears'), cell: ({ years }) => number(years), numeric: true },
    { key: 'from', head: t('keeping.columnFrom'), cell: ({ from }) => t(from === 'record' ? 'keeping.fromRecord' : 'keeping.fromLast') },
    { key: 'types', head: t('keeping.columnTypes'), cell: ({ types }) => (types === undefined ? t('keeping.allTypes') : <span lang="en">{types.join(', ')}</span>), wideOnly: true },
  ]
  return <DataTable caption={preview ? t('keeping.previewTitle') : t('keeping.periodsTable')} columns={columns} rows={rules} rowKey={({ basis, types }) => `${basis} ${types?.join() ?? ''}`} />
}
