import { useState } from 'react'
import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Link } from 'react-router'
import { Section } from '../../components/page.tsx'
import { Rich } from '../../components/rich.tsx'
import { ErrorState } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { useOperation } from '../../session/query.ts'
import type { AccessRequest } from '../../session/shapes.ts'
import { purposeWord } from '../patient/purposes.ts'

export function useOwnRequests(enabled = true) {
  const client = useClient()
  return useOperation(client.hospital.requests.list, 'hospital.requests.list', {}, { refetchMs: 10_000, enabled })
}

/** Who asks and waits: each with the way to decide. Takes no room while nobody does. */
export function WaitingRequests() {
  const { t } = usePreferences()
  const requests = useOwnRequests()
  const [declined, setDeclined] = useState(false)
  const items = requests.data?.items ?? []
  if (items.length === 0 && !declined) return null
  return (
    <Section title={t('ask.waiting', { count: items.length })}>
      {declined && <p role="status">{t('ask.declined')}</p>}
      <ul className="cl-lines">{items.map((item) => <Request key={item.id} item={item} onDeclined={() => setDeclined(true)} />)}</ul>
    </Section>
  )
}

function Request({ item, onDeclined }: { readonly item: AccessRequest, readonly onDeclined: () => void }) {
  const { t, instant } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const decline = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    try {
      await client.hospital.requests.answer.mutate({ id: item.id, answer: 'declined' })
      onDeclined()
      await queries.invalidateQueries()
    } catch (failure) {
      setError(failure)
      setBusy(false)
    }
  }
  const values = { name: item.askerName, place: item.organisationName ?? '', purpose: t(purposeWord(item.terms.purpose)) }
  return (
    <li className="cl-line">
      <div>
        <span><Rich k={item.organisationName === undefined ? 'ask.who' : 'ask.whoAt'} values={values} /></span>
        <span className="cl-note">{t('ask.until', { date: instant(item.ends, 'date') })}</span>
        <div className="cl-decide">
          <Button component={Link} variant="default" to={`/me/sharing/new?request=${item.id}`}>{t('ask.look')}</Button>
          <Button variant="subtle" loading={busy} onClick={() => void decline()}>{t('ask.decline')}</Button>
        </div>
        {error !== undefined && <ErrorState error={error} onRetry={() => void decline()} />}
      </div>
    </li>
  )
}
