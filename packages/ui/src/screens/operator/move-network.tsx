import { useState } from 'react'
import { Button, Radio } from '@mantine/core'
import { Link, useNavigate, useParams } from 'react-router'
import { Facts } from '../../components/facts.tsx'
import { Page, Section } from '../../components/page.tsx'
import { Rich } from '../../components/rich.tsx'
import { EmptyState, ErrorState, Outcome } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import type { LedgerOverview, NetworkOverview } from '../../session/shapes.ts'
import { wayWord } from './ledger-table.tsx'
import { useOverview } from './use-overview.ts'

type Way = 'indexed' | 'checkpointed'

/** Where to, in which way, what it will do, then the press that begins it. Nothing happens before. */
export function MoveNetwork() {
  const { t } = usePreferences()
  const { network = '' } = useParams()
  const overview = useOverview()
  return (
    <Page title={t('operator.moveTitle', { network })} width="read" answer={t('operator.moveAnswer')}>
      <Outcome result={overview} rows={6}>
        {({ networks, ledgers }) => {
          const found = networks.find(({ name }) => name === network)
          if (found === undefined || ledgers.length < 2) return <EmptyState title={t('operator.moveNowhere')} why={t('operator.moveNowhereWhy')} icon="log" action={<Button component={Link} to="/platform/ledgers">{t('operator.ledgersTitle')}</Button>} />
          return <Choices network={found} ledgers={ledgers} />
        }}
      </Outcome>
    </Page>
  )
}

function Choices({ network, ledgers }: { readonly network: NetworkOverview, readonly ledgers: readonly LedgerOverview[] }) {
  const { t } = usePreferences()
  const standing = network.ledgers.filter(({ whole }) => whole)
  const [from, setFrom] = useState(standing[0]?.ledger ?? '')
  const others = ledgers.filter(({ name }) => name !== from)
  const [to, setTo] = useState<string>()
  const [way, setWay] = useState<Way>(standing[0]?.way ?? 'indexed')
  return (
    <>
      <Section title={t('operator.moveChoose')}>
        {standing.length > 1 && (
          <Radio.Group label={t('operator.moveFrom')} value={from} onChange={(value) => { setFrom(value); setTo(undefined) }}>
            <div className="cl-radios">{standing.map(({ ledger }) => <Radio key={ledger} value={ledger} label={ledger} />)}</div>
          </Radio.Group>
        )}
        <Radio.Group label={t('operator.moveTo')} value={to ?? ''} onChange={setTo}>
          <div className="cl-radios">{others.map(({ name, kind, health }) => <Radio key={name} value={name} label={name} description={health.ok ? <span lang="en">{kind}</span> : t('operator.moveDown')} />)}</div>
        </Radio.Group>
        <Radio.Group label={t('operator.way')} value={way} onChange={(value) => setWay(value as Way)}>
          <div className="cl-radios">
            <Radio value="indexed" label={t('operator.indexed')} description={t('operator.indexedHint')} />
            <Radio value="checkpointed" label={t('operator.checkpointed')} description={t('operator.checkpointedHint')} />
          </div>
        </Radio.Group>
      </Section>
      {to === undefined
        ? <p className="cl-note">{t('operator.moveChooseFirst')}</p>
        : <Plan key={`${from} ${to} ${way}`} request={{ network: network.name, to, way, ...(standing.length > 1 ? { from } : {}) }} />}
    </>
  )
}

/** What the move would do, counted; and the button. */
function Plan({ request }: { readonly request: { readonly network: string, readonly to: string, readonly way: Way, readonly from?: string } }) {
  const { t, number } = usePreferences()
  const client = useClient()
  const navigate = useNavigate()
  const plan = useOperation(client.platform.moves.plan, 'platform.moves.plan', request)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const start = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    try {
      const { move } = await client.platform.moves.start.mutate(request)
      void navigate(`/platform/ledgers/moves/${move.id}`)
    } catch (failure) {
      setError(failure)
      setBusy(false)
    }
  }
  return (
    <Section title={t('operator.planTitle')}>
      <Outcome result={plan} rows={4}>
        {(counted) => (
          <>
            <p><Rich k={counted.toCopy > 0 ? 'operator.planWords' : 'operator.planWordsNone'} values={{ network: request.network, from: counted.from ?? '–', to: request.to, count: counted.toCopy }} /></p>
            <Facts columns facts={[
              { label: t('operator.planEntries'), value: number(counted.entries) },
              { label: t('operator.planCopy'), value: number(counted.toCopy) },
              { label: t('operator.planAppends'), value: number(counted.appends) },
              { label: t('operator.way'), value: t(wayWord(counted.way)) },
            ]} />
            {counted.problems.map((problem) => <p key={problem} className="cl-field-problem" lang="en">{problem}</p>)}
            <p className="cl-note">{t('operator.planBack')}</p>
            {error !== undefined && <ErrorState error={error} />}
            <div className="cl-decide">
              <Button size="lg" loading={busy} onClick={() => void start()}>{t('operator.moveStart', { to: request.to })}</Button>
              <Button size="lg" variant="default" component={Link} to="/platform/ledgers">{t('operator.moveNot')}</Button>
            </div>
          </>
        )}
      </Outcome>
    </Section>
  )
}
