import { useState } from 'react'
import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { DetailPanel } from '../../../components/detail-panel.tsx'
import { Facts } from '../../../components/facts.tsx'
import { ErrorState } from '../../../components/states.tsx'
import { joinWords, kindCounts } from '../../../records/kinds.ts'
import { usePreferences } from '../../../session/preferences.tsx'
import { useClient } from '../../../session/services.tsx'
import type { HealthCardItem } from '../../../session/shapes.ts'

/** One issued card, and the way to take it back. The card itself is with its holder. */
export function CardPanel({ item, onClose }: { readonly item: HealthCardItem, readonly onClose: () => void }) {
  const { t, instant } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const revoke = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    try {
      await client.hospital.cards.revoke.mutate({ patient: item.patient, kid: item.kid, rid: item.rid })
      await queries.invalidateQueries()
    } catch (failure) {
      setError(failure)
    } finally {
      setBusy(false)
    }
  }
  return (
    <DetailPanel id={item.rid} title={t('carry.cardPanel')} onClose={onClose}>
      <Facts facts={[
        { label: t('carry.cardHolds'), value: joinWords(t, kindCounts(t, item.types)) },
        { label: t('carry.cardBy'), value: item.custodianName },
        { label: t('carry.madeAt'), value: instant(item.issued, 'patient') },
        { label: t('carry.columnUntil'), value: instant(item.expires, 'patient') },
        { label: t('carry.cardNumber'), value: <code>{item.rid}</code> },
      ]} />
      {error !== undefined && <ErrorState error={error} onRetry={() => void revoke()} />}
      {item.revoked === undefined
        ? <section className="cl-cheat"><p>{t('carry.cardRevokeWhat')}</p><Button onClick={() => void revoke()} loading={busy}>{t('carry.cardRevoke')}</Button></section>
        : <p className="cl-notice" role="status">{t('carry.cardRevoked')}</p>}
    </DetailPanel>
  )
}
