import { Button } from '@mantine/core'
import { downloadFile } from '../../components/facts.tsx'
import { Icon } from '../../components/icon.tsx'
import { ErrorState } from '../../components/states.tsx'
import { StatusBadge, type Status } from '../../components/status-badge.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { useAct } from './use-act.ts'

const statuses: Readonly<Record<string, Status>> = { stored: 'waiting', sequenced: 'inLog', anchored: 'final', blocked: 'blocked' }

/** How far a certificate has come. */
export function CertificateState({ state }: { readonly state: string | undefined }) {
  return <StatusBadge status={state === undefined ? 'underWay' : statuses[state] ?? 'unknown'} />
}

/** The certificate as a file: a proof that anybody can check. */
export function CertificateButton({ id, at }: { readonly id: string, readonly at: string | undefined }) {
  const { t, instant } = usePreferences()
  const client = useClient()
  const act = useAct()
  const save = (): void => void act.run(async () => downloadFile(`erasure-${id}.proof`, (await client.hospital.erasures.certificate.query({ id })).proof))
  return (
    <>
      <Button size="compact-md" variant="default" loading={act.busy} leftSection={<Icon name="download" size={16} />} aria-label={t('keeping.downloadOf', { date: at === undefined ? '' : instant(at, 'clinical') })} onClick={save}>{t('keeping.download')}</Button>
      {act.error !== undefined && <ErrorState error={act.error} onRetry={save} />}
    </>
  )
}
