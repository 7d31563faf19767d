import { useState } from 'react'
import { Button } from '@mantine/core'
import { DataTable, type Column } from '../../components/data-table.tsx'
import { SourceText } from '../../components/facts.tsx'
import { Page, Section } from '../../components/page.tsx'
import { EmptyState, Outcome } from '../../components/states.tsx'
import { StatusBadge, type Status } from '../../components/status-badge.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { useOperation } from '../../session/query.ts'
import type { LogEntry } from '../../session/shapes.ts'
import { useOverview } from './use-overview.ts'

const states: Readonly<Record<LogEntry['state'], Status>> = { stored: 'waiting', sequenced: 'inLog', anchored: 'final', blocked: 'blocked' }

/** The common log: its head as every verifier sees it, and the newest entries without subjects or payloads. */
export function Log() {
  const { t, instant, number } = usePreferences()
  const client = useClient()
  const overview = useOverview()
  const checkpoint = useOperation(client.platform.checkpoint, 'platform.checkpoint', {}, { refetchMs: 5_000 })
  const log = overview.data?.log
  const signed = log?.checkpointSize !== undefined && log.checkpointAt !== undefined ? t('operator.logSigned', { n: log.checkpointSize, time: instant(log.checkpointAt, 'time') }) : t('operator.logUnsigned')
  return (
    <Page title={t('operator.logTitle')} answer={log ? <>{t('operator.logSize', { count: log.size })} {signed} <span className="cl-note">{t('operator.witnesses')}: {t('operator.witnessesOf', { n: log.witnesses, threshold: log.witnessThreshold })}</span></> : '\u00a0'}>
      <Section title={t('operator.note')}>
        <p className="cl-note">{t('operator.noteHint')}</p>
        <Outcome result={checkpoint} rows={3}>{({ note }) => <SourceText text={note} label={t('operator.note')} />}</Outcome>
      </Section>
      <Section title={t('operator.entries')} plain><Entries number={number} /></Section>
    </Page>
  )
}

function Entries({ number }: { readonly number: (value: number) => string }) {
  const { t, instant } = usePreferences()
  const client = useClient()
  const [before, setBefore] = useState<readonly number[]>([])
  const last = before.at(-1)
  const entries = useOperation(client.platform.entries, 'platform.entries', { limit: 50, ...(last !== undefined && { before: last }) }, { refetchMs: 5_000, keep: true })
  const columns: readonly [Column<LogEntry>, ...Column<LogEntry>[]] = [
    { key: 'index', head: t('operator.columnIndex'), cell: ({ index }) => number(index), numeric: true },
    { key: 'type', head: t('operator.columnType'), cell: ({ type }) => <code>{type}</code> },
    { key: 'network', head: t('operator.columnNetwork'), cell: ({ network }) => network, wideOnly: true },
    { key: 'custodian', head: t('operator.columnCustodian'), cell: ({ custodian }) => custodian, wideOnly: true },
    { key: 'author', head: t('operator.columnAuthor'), cell: ({ author }) => author, wideOnly: true },
    { key: 'issued', head: t('operator.columnIssued'), cell: ({ issuedAt }) => <span className="cl-nowrap">{instant(issuedAt, 'clinical')}</span> },
    { key: 'state', head: t('operator.columnState'), cell: ({ state }) => <StatusBadge status={states[state]} /> },
  ]
  return (
    <Outcome result={entries} rows={10}>
      {({ items, next }) => (
        <>
          {items.length === 0 ? <EmptyState title={t('operator.entriesNone')} why={t('operator.entriesNoneWhy')} icon="log" /> : <DataTable caption={t('operator.entries')} dense columns={columns} rows={items} rowKey={({ id }) => id} />}
          <div className="cl-decide">
            {before.length > 0 && <Button variant="default" onClick={() => setBefore(before.slice(0, -1))}>{t('shell.back')}</Button>}
            {next !== undefined && <Button variant="default" onClick={() => setBefore([...before, next])}>{t('operator.older')}</Button>}
          </div>
        </>
      )}
    </Outcome>
  )
}
