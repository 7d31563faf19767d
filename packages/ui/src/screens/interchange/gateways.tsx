import { useState } from 'react'
import { Button, Group } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { enrolmentDraft, revocationDraft, signAs } from '@careledger/client'
import { DataTable, type Column } from '../../components/data-table.tsx'
import { Hash } from '../../components/facts.tsx'
import { Page, Section } from '../../components/page.tsx'
import { RichText } from '../../components/rich.tsx'
import { EmptyState, ErrorState, Outcome } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import type { WordKey } from '../../i18n/translate.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import { useSession } from '../../session/session.tsx'

type Item = Awaited<ReturnType<ReturnType<typeof useClient>['hospital']['fhir']['gateways']['query']>>['items'][number]

/** The page of a hospital's administration: the gateway's key, its enrolment and its end. */
export function GatewayPage() {
  const { t, instant } = usePreferences()
  const client = useClient()
  const list = useOperation(client.hospital.fhir.gateways, 'hospital.fhir.gateways', {})
  const current = list.data?.items.find(({ state }) => state === 'enrolled')
  const answer = current === undefined ? t('gateway.answerOff') : t('gateway.answerOn', { party: current.party ?? '', since: current.since === undefined ? '' : instant(current.since, 'patient') })
  return <Page title={t('gateway.title')} answer={list.data ? <RichText text={answer} /> : '\u00a0'}><GatewayTable /></Page>
}

/** For those who look after the interfaces: who holds a gateway key, and since when. */
export function Gateways() {
  const { t } = usePreferences()
  return <Section title={t('gateway.section')} plain><p className="cl-note">{t('gateway.answerMany')} {t('gateway.whoRevokes')}</p><GatewayTable /></Section>
}

function GatewayTable() {
  const { t, instant } = usePreferences()
  const client = useClient()
  const { actor } = useSession()
  const list = useOperation(client.hospital.fhir.gateways, 'hospital.fhir.gateways', {})
  const queries = useQueryClient()
  const [asked, setAsked] = useState<Item>()
  const [said, setSaid] = useState<WordKey>()
  const [error, setError] = useState<unknown>()
  const decides = actor?.roles.includes('admin') ?? false
  const act = async (word: WordKey, body: () => Promise<unknown>): Promise<void> => {
    setError(undefined)
    setSaid(undefined)
    try {
      await body()
      setSaid(word)
    } catch (failure) {
      setError(failure)
    }
    setAsked(undefined)
    await queries.invalidateQueries()
  }
  const enrol = ({ custodian, jwk, party }: Item): Promise<void> => act('gateway.enrolled', async () => client.identity.enrol.mutate({ entry: await signAs(client, enrolmentDraft({ party: party ?? `${custodian}-gateway`, kind: 'system', organisation: custodian, roles: ['system'], key: jwk }, custodian)) }))
  const revoke = ({ custodian, key }: Item): Promise<void> => act('gateway.revoked', async () => client.identity.revoke.mutate({ entry: await signAs(client, revocationDraft(key, custodian)) }))
  const columns: readonly [Column<Item>, ...Column<Item>[]] = [
    { key: 'hospital', head: t('gateway.columnHospital'), cell: ({ name }) => name },
    { key: 'party', head: t('gateway.columnParty'), cell: ({ party }) => (party === undefined ? '–' : <span lang="en">{party}</span>), wideOnly: true },
    { key: 'key', head: t('gateway.columnKey'), cell: ({ key }) => <Hash value={key} short />, wideOnly: true },
    { key: 'since', head: t('gateway.columnSince'), cell: ({ since }) => (since === undefined ? '–' : <span className="cl-nowrap">{instant(since, 'clinical')}</span>) },
    { key: 'until', head: t('gateway.columnUntil'), cell: ({ until }) => (until === undefined ? '–' : <span className="cl-nowrap">{instant(until, 'clinical')}</span>), wideOnly: true },
    { key: 'state', head: t('gateway.columnState'), cell: ({ state }) => (state === 'ready' ? t('gateway.ready') : <StatusBadge status={state === 'revoked' ? 'revoked' : 'inForce'} />) },
    ...(decides ? [{ key: 'act', head: t('gateway.columnAct'), cell: (item: Item) => (item.state === 'revoked' ? '–' : <Button size="compact-sm" variant="default" onClick={() => setAsked(item)}>{t(item.state === 'ready' ? 'gateway.enrol' : 'gateway.revoke')}</Button>) }] : []),
  ]
  return (
    <>
      <p className="cl-note" role="status">{said !== undefined && t(said)}</p>
      {error !== undefined && <ErrorState error={error} />}
      <Outcome result={{ data: list.data?.items, error: list.error, dataUpdatedAt: list.dataUpdatedAt, refetch: list.refetch }} rows={2}>
        {(items) => (items.length > 0 ? <DataTable caption={t('gateway.section')} dense columns={columns} rows={items} rowKey={({ key }) => key} /> : <EmptyState title={t('gateway.none')} why={t('gateway.noneWhy')} icon="key" />)}
      </Outcome>
      {asked !== undefined && (
        <Section title={t(asked.state === 'ready' ? 'gateway.enrol' : 'gateway.revoke')}>
          <p>{t(asked.state === 'ready' ? 'gateway.enrolWhat' : 'gateway.revokeWhat')}</p>
          <Group mt="md">
            {asked.state === 'ready' ? <Button onClick={() => void enrol(asked)}>{t('gateway.enrol')}</Button> : <Button onClick={() => void revoke(asked)}>{t('gateway.revokeNow')}</Button>}
            <Button variant="default" onClick={() => setAsked(undefined)}>{t('gateway.keep')}</Button>
          </Group>
        </Section>
      )}
    </>
  )
}
