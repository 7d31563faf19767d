import { Link } from 'react-router'
import { Button } from '@mantine/core'
import { Page, Section } from '../../components/page.tsx'
import { Rich } from '../../components/rich.tsx'
import { EmptyState, Outcome } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { useOperation } from '../../session/query.ts'
import { useSession } from '../../session/session.tsx'
import { Device } from './device.tsx'
import { Guardians } from './guardians.tsx'
import { LockThisDevice } from './lock-this-device.tsx'
import { Sessions } from './sessions.tsx'
import { Standing } from './standing.tsx'
import { Wards } from './wards.tsx'

/** The devices that can act for the person, where they are signed in, and what they can do about both. */
export function Keys() {
  const { t } = usePreferences()
  const client = useClient()
  const { actor } = useSession()
  const keys = useOperation(client.identity.keys, 'identity.keys', {})
  return (
    <Page title={t('keys.title')} width="read" answer={keys.data ? <Rich k="keys.answer" values={{ count: keys.data.items.filter(({ revoked }) => !revoked).length }} /> : '\u00a0'} action={<Button component={Link} to="/me/keys/add">{t('device.add')}</Button>}>
      <LockThisDevice current={keys.data?.items.find(({ current }) => current)} />
      <Section title={t('device.devices')}>
        <Outcome result={keys} rows={3}>
          {({ items }) => (items.length > 0 ? <ul className="cl-lines">{items.toSorted((a, b) => Number(a.revoked) - Number(b.revoked)).map((item) => <Device key={item.key} item={item} />)}</ul> : <EmptyState title={t('keys.none')} why={t('keys.noneWhy')} icon="key" />)}
        </Outcome>
      </Section>
      <Sessions />
      {actor !== undefined && <Standing party={actor.party} />}
      {actor?.kind === 'person' && <><Guardians /><Wards /></>}
      <p className="cl-note">{t('keys.custody')}</p>
    </Page>
  )
}
