import { useState } from 'react'
import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { DataTable, type Column } from '../../components/data-table.tsx'
import { Section } from '../../components/page.tsx'
import { ErrorState, Outcome } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import { useSession } from '../../session/session.tsx'
import type { OwnSession } from '../../session/shapes.ts'

/** Where the person is signed in, and the way to end it there, everywhere else, or everywhere. */
export function Sessions() {
  const { t, instant } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const { signOut } = useSession()
  const sessions = useOperation(client.session.list, 'session.list', {})
  const [ended, setEnded] = useState<number>()
  const [error, setError] = useState<unknown>()
  const run = async (change: () => Promise<number>): Promise<void> => {
    setError(undefined)
    try {
      setEnded(await change())
      await queries.invalidateQueries()
    } catch (failure) {
      setError(failure)
    }
  }
  const nameOf = ({ device }: OwnSession): string => device ?? t('device.unnamed')
  const endOne = (session: string) => run(() => client.session.endOther.mutate({ session }).then(() => 1))
  const columns: readonly [Column<OwnSession>, ...Column<OwnSession>[]] = [
    { key: 'device', head: t('device.columnDevice'), cell: nameOf },
    { key: 'since', head: t('device.columnSince'), cell: ({ began }) => instant(began, 'patient'), wideOnly: true },
    { key: 'seen', head: t('device.columnSeen'), cell: ({ refreshed }) => instant(refreshed, 'patient') },
    { key: 'end', head: t('device.columnEnd'), cell: (item) => (item.current ? t('device.here') : <Button size="compact-sm" variant="subtle" aria-label={t('device.endOneOf', { name: nameOf(item) })} onClick={() => void endOne(item.id)}>{t('device.endOne')}</Button>) },
  ]
  return (
    <Section title={t('device.sessions')}>
      <Outcome result={sessions} rows={2}>{({ items }) => <DataTable caption={t('device.sessionsTable')} columns={columns} rows={items} rowKey={({ id }) => id} />}</Outcome>
      {ended !== undefined && <p className="cl-notice" role="status">{t('device.ended', { count: ended })}</p>}
      {error !== undefined && <ErrorState error={error} />}
      <div className="cl-decide">
        <Button variant="default" onClick={() => void run(async () => (await client.session.endAll.mutate({ keepThis: true })).ended)}>{t('device.endOthers')}</Button>
        <Button variant="subtle" onClick={() => void run(async () => { const { ended } = await client.session.endAll.mutate({}); await signOut(); return ended })}>{t('device.endAll')}</Button>
      </div>
    </Section>
  )
}
