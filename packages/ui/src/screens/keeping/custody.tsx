import { useState, type FormEvent } from 'react'
import { Button, Stack, TextInput } from '@mantine/core'
import { answerCustodyOrder, orderCustody } from '@careledger/client'
import { Facts } from '../../components/facts.tsx'
import { Page, Section } from '../../components/page.tsx'
import { ErrorState, Outcome } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import { useSession } from '../../session/session.tsx'
import { ErasureNotices } from '../custody/notices.tsx'
import { Offers } from '../custody/offers.tsx'
import { UnpackRecord } from '../custody/unpack-record.tsx'
import { useAct } from './use-act.ts'

/** Records that move: offered with the patient's consent, carried in sealed files, or all of a hospital that closes, which the platform confirms first. */
export function Custody() {
  const { t, instant } = usePreferences()
  const client = useClient()
  const { actor } = useSession()
  const custodian = actor?.organisation ?? actor?.party ?? ''
  const found = useOperation(client.hospital.custody.order, 'hospital.custody.order', { custodian }, { refetchMs: 15_000 })
  const act = useAct()
  const admin = actor?.roles.includes('admin') ?? false
  const writes = actor?.roles.some((role) => role === 'records-clerk' || role === 'doctor') ?? false
  return (
    <Page title={t('keeping.custodyTitle')} answer={t('keeping.custodyAnswer')}>
      {writes && <Offers />}
      {writes && <UnpackRecord />}
      <ErasureNotices />
      <Outcome result={found} rows={4}>
        {({ order }) => (
          <Section title={t('custody.closing')}>
            {order === undefined ? <p>{t('keeping.orderNone')}</p> : (
              <Facts facts={[
                { label: t('keeping.orderTo'), value: order.toName },
                { label: t('keeping.orderBasis'), value: order.source === undefined ? order.basis : <a href={order.source} target="_blank" rel="noreferrer">{order.basis}</a> },
                { label: t('keeping.orderAt'), value: instant(order.at, 'clinical') },
                { label: t('keeping.orderConfirmed'), value: order.confirmed === undefined ? t('keeping.orderWaits') : instant(order.confirmed.at, 'clinical') },
              ]} />
            )}
            <p className="cl-note" role="status">{act.said}</p>
            {act.error !== undefined && <ErrorState error={act.error} />}
            {admin && order !== undefined && <div className="cl-decide"><Button variant="default" loading={act.busy} onClick={() => void act.run(() => answerCustodyOrder(client, 'custody-order-ended', { custodian, order: order.entry }), 'keeping.saidEnded')}>{t('keeping.orderEnd')}</Button></div>}
            {admin && order === undefined && <OrderForm busy={act.busy} onSend={(terms) => void act.run(() => orderCustody(client, custodian, terms), 'keeping.saidOrdered')} />}
          </Section>
        )}
      </Outcome>
    </Page>
  )
}

function OrderForm({ busy, onSend }: { readonly busy: boolean, readonly onSend: (terms: { readonly to: string, readonly basis: string }) => void }) {
  const { t } = usePreferences()
  const [terms, setTerms] = useState({ to: '', basis: '' })
  const [missing, setMissing] = useState(false)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    const asked = { to: terms.to.trim(), basis: terms.basis.trim() }
    setMissing(asked.to === '' || asked.basis === '')
    if (asked.to !== '' && asked.basis !== '') onSend(asked)
  }
  return (
    <form className="cl-section" onSubmit={submit} noValidate>
      <Stack gap="md">
        <TextInput label={t('keeping.orderWho')} value={terms.to} autoComplete="off" error={missing && terms.to.trim() === '' && t('keeping.orderNeed')} onChange={(event) => setTerms({ ...terms, to: event.currentTarget.value })} />
        <TextInput label={t('keeping.orderBasis')} value={terms.basis} maxLength={300} autoComplete="off" error={missing && terms.basis.trim() === '' && t('keeping.orderNeed')} onChange={(event) => setTerms({ ...terms, basis: event.currentTarget.value })} />
        <p className="cl-note">{t('keeping.orderHow')}</p>
        <div><Button type="submit" loading={busy}>{t('keeping.orderSend')}</Button></div>
      </Stack>
    </form>
  )
}
