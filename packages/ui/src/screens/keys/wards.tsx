import { useState } from 'react'
import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { approveRecovery, requestRecovery, type AskingDevice } from '@careledger/client'
import { keyCode } from '@careledger/proof'
import { Section } from '../../components/page.tsx'
import { ErrorState } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import type { Ward } from '../../session/shapes.ts'
import { EnterCode } from './add-device.tsx'

/** People who chose this one as a guardian, and the way to help one of them. Takes no room while nobody did. */
export function Wards() {
  const { t } = usePreferences()
  const client = useClient()
  const wards = useOperation(client.identity.recovery.wards, 'identity.recovery.wards', {}, { refetchMs: 30_000 })
  const items = wards.data?.items ?? []
  if (items.length === 0) return null
  return <Section title={t('recovery.wards')}><ul className="cl-lines">{items.map((ward) => <WardLine key={ward.party} ward={ward} />)}</ul></Section>
}

function WardLine({ ward }: { readonly ward: Ward }) {
  const { t, instant } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const [helping, setHelping] = useState(false)
  const [done, setDone] = useState<'recovery.begun' | 'recovery.confirmed'>()
  const [error, setError] = useState<unknown>()
  const run = async (change: () => Promise<void>, told: 'recovery.begun' | 'recovery.confirmed'): Promise<void> => {
    setError(undefined)
    try {
      await change()
      setDone(told)
      setHelping(false)
      await queries.invalidateQueries()
    } catch (failure) {
      setError(failure)
    }
  }
  const begin = (device: AskingDevice) => void run(() => requestRecovery(client, { party: ward.party, key: device.jwk }), 'recovery.begun')
  return (
    <li className="cl-line">
      <div>
        <strong>{ward.label ?? t('recovery.wardUnnamed')}</strong>
        {done !== undefined && <p role="status">{t(done)}</p>}
        {error !== undefined && <ErrorState error={error} />}
        {ward.requests.map((request) => (
          <div key={request.id}>
            <p>{t('recovery.wardWaiting', { code: keyCode(request.key), count: request.approvals, threshold: request.threshold, time: instant(request.from, 'patient') })}</p>
            {request.approved ? <p className="cl-note">{t('recovery.confirmed')}</p> : <><p>{t('recovery.wardCompare')}</p><div className="cl-decide"><Button onClick={() => void run(() => approveRecovery(client, request), 'recovery.confirmed')}>{t('recovery.confirm')}</Button></div></>}
          </div>
        ))}
        {helping ? <><p>{t('recovery.wardCode')}</p><EnterCode submit={t('recovery.ask')} onFound={begin} onBack={() => setHelping(false)} /></> : <div className="cl-decide"><Button variant="default" onClick={() => setHelping(true)}>{t('recovery.wardHelp')}</Button></div>}
      </div>
    </li>
  )
}
