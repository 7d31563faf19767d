import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from 'react-router'
import { endEmergency } from '@careledger/client'
import { Icon } from '../../components/icon.tsx'
import { ErrorState } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { useOperation } from '../../session/query.ts'
import { useSession } from '../../session/session.tsx'
import type { Decision } from '../../session/shapes.ts'

/** Over a chart that is open in an emergency: until when, and the way to end it. Over one that is shared: how to open what is kept apart. */
export function EmergencyRunning({ patient, decision }: { readonly patient: string, readonly decision: Decision }) {
  const { t } = usePreferences()
  const { actor } = useSession()
  if (decision.rule === 'emergency') return <Running patient={patient} />
  if (decision.rule !== 'consent' || !actor?.roles.includes('doctor')) return null
  return <p className="cl-notice">{t('emergency.sealOffer')} <Link to={`/patients/${patient}/emergency?opens=seal`}>{t('emergency.sealOpen')}</Link></p>
}

function Running({ patient }: { readonly patient: string }) {
  const { t, instant } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const mine = useOperation(client.hospital.emergency.mine, 'hospital.emergency.mine', {}, { refetchMs: 30_000 })
  const open = mine.data?.items.filter((item) => item.patient === patient) ?? []
  const end = useMutation({
    mutationFn: async () => { for (const item of open) await endEmergency(client, item, item.id) },
    // What was seen under it goes from this page too.
    onSuccess: () => { queries.clear(); void navigate('/patients') },
  })
  const until = open.map((item) => item.until).sort().at(-1)
  if (until === undefined) return null
  return (
    <div className="cl-warning" data-tone="critical" role="status">
      <Icon name="octagon" size={20} />
      <div>
        <p>{t('emergency.running', { time: instant(until, 'time') })}</p>
        <div><Button variant="default" loading={end.isPending} onClick={() => end.mutate()}>{t('emergency.done')}</Button></div>
        {end.error !== null && <ErrorState error={end.error} onRetry={() => end.mutate()} />}
      </div>
    </div>
  )
}
