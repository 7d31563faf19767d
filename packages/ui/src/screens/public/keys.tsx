import { DataTable, type Column } from '../../components/data-table.tsx'
import { Hash } from '../../components/facts.tsx'
import { Page } from '../../components/page.tsx'
import { Rich } from '../../components/rich.tsx'
import { EmptyState, Outcome } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { useOperation } from '../../session/query.ts'
import type { OwnKey } from '../../session/shapes.ts'

/** The keys that can act for the person, and which of them is in use here. */
export function Keys() {
  const { t } = usePreferences()
  const client = useClient()
  const keys = useOperation(client.identity.keys, 'identity.keys', {})
  const columns: readonly [Column<OwnKey>, ...Column<OwnKey>[]] = [
    { key: 'key', head: t('keys.columnKey'), cell: ({ key }) => <Hash value={key} short /> },
    { key: 'kind', head: t('keys.columnKind'), cell: ({ jwk }) => jwk.crv },
    { key: 'here', head: t('keys.columnHere'), cell: ({ current }) => t(current ? 'keys.current' : 'keys.elsewhere') },
    { key: 'state', head: t('keys.columnState'), cell: ({ revoked }) => <StatusBadge status={revoked ? 'revoked' : 'inForce'} /> },
  ]
  return (
    <Page title={t('keys.title')} width="read" answer={keys.data ? <Rich k="keys.answer" values={{ count: keys.data.items.filter(({ revoked }) => !revoked).length }} /> : '\u00a0'}>
      <Outcome result={keys} rows={2}>
        {({ items }) => (items.length > 0 ? <DataTable caption={t('keys.table')} columns={columns} rows={items} rowKey={({ key }) => key} /> : <EmptyState title={t('keys.none')} why={t('keys.noneWhy')} icon="key" />)}
      </Outcome>
      <p className="cl-note">{t('keys.custody')}</p>
    </Page>
  )
}
