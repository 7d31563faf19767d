import { useState } from 'react'
import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { stopRecovery } from '@careledger/client'
import { ErrorState } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import { useSession } from '../../session/session.tsx'

/** On every page of a person for whom somebody asks: that it happens, until when they can stop it, and the button that does. */
export function RecoveryNotice() {
  const { t, instant } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const { actor } = useSession()
  const mine = useOperation(client.identity.recovery.mine, 'identity.recovery.mine', {}, { enabled: actor?.kind === 'person', refetchMs: 60_000 })
  const [stopped, setStopped] = useState(false)
  const [error, setError] = useState<unknown>()
  const open = mine.data?.requests.find(({ state, key }) => (state === 'waiting' || state === 'ready') && key !== actor?.key)
  if (actor === undefined || (open === undefined && !stopped)) return null
  const stop = async (id: string): Promise<void> => {
    setError(undefined)
    try {
      await stopRecovery(client, id)
      setStopped(true)
      await queries.invalidateQueries()
    } catch (failure) {
      setError(failure)
    }
  }
  if (open === undefined) return <p className="cl-notice" role="status">{t('recovery.stopped')}</p>
  const by = open.by === 'guardians' ? t('recovery.byGuardians', { count: open.approvals, threshold: open.threshold }) : t(actor.organisation === undefined || actor.roles.every((role) => role === 'patient') ? 'privacy.noticePlatform' : 'recovery.byOrganisation')
  return (
    <div className="cl-problems" role="alert">
      <h2>{t('recovery.noticeTitle')}</h2>
      <p>{t('recovery.noticeText', { by, time: instant(open.requested, 'patient'), from: instant(open.from, 'patient') })}</p>
      {error !== undefined && <ErrorState error={error} />}
      <div className="cl-decide"><Button onClick={() => void stop(open.id)}>{t('recovery.stop')}</Button></div>
    </div>
  )
}
