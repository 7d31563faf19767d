import { useState } from 'react'
import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { fromBase64url } from '@careledger/proof'
import { DataTable, MoreButton, type Column } from '../../components/data-table.tsx'
import { Page, Section } from '../../components/page.tsx'
import { RichText } from '../../components/rich.tsx'
import { EmptyState, ErrorState, Outcome } from '../../components/states.tsx'
import type { Translate, WordKey } from '../../i18n/translate.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { usePages } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import { useSession } from '../../session/session.tsx'
import { Gateways } from './gateways.tsx'
import { Notifications } from './notifications.tsx'

const reasons: Readonly<Record<string, WordKey>> = {
  'unreadable': 'messages.whyUnreadable', 'charset': 'messages.whyCharset', 'patient': 'messages.whyPatient', 'visit': 'messages.whyVisit', 'visit-unknown': 'messages.whyVisitUnknown', 'visit-class': 'messages.whyVisitClass',
  'fhir': 'messages.whyFhir', 'two-patients': 'messages.whyTwoPatients', 'merge': 'messages.whyMerge', 'patient-unknown': 'messages.whyPatientUnknown', 'order': 'messages.whyOrder',
}
const reasonWord = (reason: string): WordKey => reasons[reason] ?? 'messages.whyOther'

type Item = Awaited<ReturnType<ReturnType<typeof useClient>['hospital']['messages']['list']['query']>>['items'][number]
/** A sentence in whatever language the page has by then. */
interface Said { readonly in: (t: Translate) => string }
interface Opened { readonly item: Item, readonly text: string }

/** Messages of hospital systems that could not be followed: why, and the press that tries them again. */
export function Messages() {
  const { t, instant } = usePreferences()
  const client = useClient()
  const { actor } = useSession()
  const queries = useQueryClient()
  const messages = usePages(client.hospital.messages.list, 'hospital.messages.list', { limit: 50 }, { refetchMs: 10_000 })
  const [said, setSaid] = useState<Said>()
  const [error, setError] = useState<unknown>()
  const [opened, setOpened] = useState<Opened>()
  const mayOpen = actor?.roles.some((role) => role === 'records-clerk' || role === 'doctor') ?? false

  const act = async (body: () => Promise<Said['in']>): Promise<void> => {
    setError(undefined)
    setSaid(undefined)
    try {
      setSaid({ in: await body() })
      setOpened(undefined)
    } catch (failure) {
      setError(failure)
    }
    await queries.invalidateQueries()
  }
  const replay = ({ id }: Item): Promise<void> => act(async () => {
    const { followed, stoppedBy } = await client.hospital.messages.replay.mutate({ id })
    return (t) => [...(followed > 0 || stoppedBy === undefined ? [t('messages.followed', { count: followed })] : []), ...(stoppedBy === undefined ? [] : [t('messages.stopped', { reason: t(reasonWord(stoppedBy)) })])].join(' ')
  })
  const setAside = ({ id }: Item): Promise<void> => act(async () => {
    await client.hospital.messages.setAside.mutate({ id })
    return (t) => t('messages.aside')
  })
  const open = async (item: Item): Promise<void> => {
    setError(undefined)
    try {
      const { bytes } = await client.hospital.messages.read.query({ id: item.id })
      setOpened({ item, text: new TextDecoder().decode(fromBase64url(bytes)).replaceAll('\r', '\n') })
    } catch (failure) {
      setError(failure)
    }
  }

  const columns: readonly [Column<Item>, ...Column<Item>[]] = [
    { key: 'type', head: t('messages.columnType'), cell: (item) => <><span lang="en">ADT {item.trigger}</span> <code>{item.controlId}</code></> },
    { key: 'from', head: t('messages.columnFrom'), cell: (item) => <span lang="en">{item.sender.replace('|', ' · ')}</span>, wideOnly: true },
    { key: 'received', head: t('messages.columnReceived'), cell: (item) => <span className="cl-nowrap">{instant(item.receivedAt, 'clinical')}</span>, wideOnly: true },
    { key: 'reason', head: t('messages.columnReason'), cell: (item) => <>{t(reasonWord(item.reason))}{item.problems[0] !== undefined && <span className="cl-code">{item.problems[0].path}</span>}</> },
    {
      key: 'act', head: t('messages.columnAct'), cell: (item) => (
        <span className="cl-retry">
          <Button size="compact-sm" variant="default" aria-label={t('messages.replayOf', { number: item.controlId })} onClick={() => void replay(item)}>{t('messages.replay')}</Button>
          {mayOpen && <Button size="compact-sm" variant="default" aria-label={t('messages.openOf', { number: item.controlId })} onClick={() => void open(item)}>{t('messages.open')}</Button>}
          <Button size="compact-sm" variant="subtle" aria-label={t('messages.setAsideOf', { number: item.controlId })} onClick={() => void setAside(item)}>{t('messages.setAside')}</Button>
        </span>
      ),
    },
  ]
  const count = messages.items?.length ?? 0
  return (
    <Page title={t('messages.title')} answer={messages.items === undefined ? '\u00a0' : <RichText text={count === 0 ? t('messages.fine') : t('messages.waiting', { count })} />}>
      <p className="cl-note" role="status">{said?.in(t)}</p>
      {error !== undefined && <ErrorState error={error} />}
      <Outcome result={{ data: messages.items, error: messages.error, dataUpdatedAt: messages.dataUpdatedAt, refetch: messages.refetch }} rows={6}>
        {(items) => (items.length > 0 ? <DataTable caption={t('messages.table')} dense columns={columns} rows={items} rowKey={(item) => item.id} /> : <EmptyState title={t('messages.none')} why={t('messages.noneWhy')} icon="check" />)}
      </Outcome>
      <MoreButton result={messages} count={50} />
      {opened !== undefined && (
        <Section title={t('messages.content', { number: opened.item.controlId })} action={<Button variant="default" size="compact-md" onClick={() => setOpened(undefined)}>{t('messages.close')}</Button>}>
          <p className="cl-note">{t('messages.contentWhy')}</p>
          <pre className="cl-segments" lang="en" tabIndex={0}>{opened.text}</pre>
        </Section>
      )}
      <Gateways />
      {actor?.roles.includes('operator') && <Notifications />}
    </Page>
  )
}
