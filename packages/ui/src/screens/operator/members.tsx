import { Link } from 'react-router'
import { DataTable, type Column } from '../../components/data-table.tsx'
import { Page } from '../../components/page.tsx'
import { Rich } from '../../components/rich.tsx'
import { EmptyState, Outcome } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { useOperation } from '../../session/query.ts'
import type { Member } from '../../session/shapes.ts'
import { roleWord } from '../../shell/navigation.ts'

/** Who is enrolled, with how many people and systems, and whether the key is in force. */
export function Members() {
  const { t, number } = usePreferences()
  const client = useClient()
  const members = useOperation(client.platform.members, 'platform.members', {}, { refetchMs: 15_000 })
  const columns: readonly [Column<Member>, ...Column<Member>[]] = [
    { key: 'name', head: t('operator.columnOrganisation'), cell: ({ name }) => name },
    { key: 'roles', head: t('operator.columnRoles'), cell: ({ roles }) => roles.map((role) => t(roleWord(role))).join(', ') || '–' },
    { key: 'people', head: t('operator.columnPeople'), cell: ({ people }) => number(people), numeric: true, wideOnly: true },
    { key: 'key', head: t('operator.columnKey'), cell: ({ revoked }) => <StatusBadge status={revoked ? 'revoked' : 'inForce'} /> },
    { key: 'credential', head: t('operator.columnCredential'), cell: ({ credential }) => <code className="cl-nowrap">{credential}</code>, wideOnly: true },
  ]
  return (
    <Page title={t('operator.membersTitle')} answer={members.data ? <Rich k="operator.membersAnswer" values={{ count: members.data.items.length }} /> : '\u00a0'}>
      <Outcome result={members} rows={5}>
        {({ items }) => (items.length > 0 ? <DataTable caption={t('operator.membersTable')} columns={columns} rows={items} rowKey={({ party }) => party} /> : <EmptyState title={t('operator.membersNone')} why={t('operator.membersNoneWhy')} icon="building" />)}
      </Outcome>
      <p><Link to="/platform/peers">{t('peers.link')}</Link></p>
      <p><Link to="/recovery">{t('privacy.recoverLink')}</Link></p>
    </Page>
  )
}
