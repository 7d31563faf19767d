import { useState, type FormEvent } from 'react'
import { Button, Stack, TextInput } from '@mantine/core'
import { recogniseOrganisation, revocationDraft, signAs } from '@careledger/client'
import { contracts } from '@careledger/api/contracts'
import { DataTable, type Column } from '../../components/data-table.tsx'
import { Facts, Hash } from '../../components/facts.tsx'
import { FileField } from '../../components/file-field.tsx'
import { Page, Section } from '../../components/page.tsx'
import { EmptyState, ErrorState, Outcome } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import { useSession } from '../../session/session.tsx'
import { toTrust } from '../../session/trust.ts'
import { useAct } from './use-act.ts'

type Peer = Awaited<ReturnType<ReturnType<typeof useClient>['identity']['peers']['query']>>['items'][number]

/** Organisations of other instances whose people may come in, and by which pinned keys each is known. The root key adds and revokes. */
export function Peers() {
  const { t } = usePreferences()
  const client = useClient()
  const { actor } = useSession()
  const peers = useOperation(client.identity.peers, 'identity.peers', {})
  const act = useAct()
  const [open, setOpen] = useState<Peer>()
  const [asking, setAsking] = useState<Peer>()
  const root = actor?.roles.includes('platform') ?? false
  const columns: readonly [Column<Peer>, ...Column<Peer>[]] = [
    { key: 'name', head: t('peers.name'), cell: ({ name }) => <span lang="en">{name}</span> },
    { key: 'origin', head: t('peers.origin'), cell: ({ origin }) => <code>{origin}</code>, wideOnly: true },
    { key: 'state', head: t('peers.state'), cell: ({ revoked }) => <StatusBadge status={revoked ? 'revoked' : 'inForce'} /> },
    {
      key: 'act', head: t('peers.act'), cell: (peer) => (
        <span className="cl-retry">
          <Button size="compact-sm" variant="default" aria-label={t('peers.showOf', { name: peer.name })} onClick={() => setOpen(peer)}>{t('peers.show')}</Button>
          {root && !peer.revoked && <Button size="compact-sm" variant="subtle" aria-label={t('peers.revokeOf', { name: peer.name })} onClick={() => setAsking(peer)}>{t('peers.revoke')}</Button>}
        </span>
      ),
    },
  ]
  const revoke = (peer: Peer): void => void act.run(async () => client.identity.revoke.mutate({ entry: await signAs(client, revocationDraft(peer.key, actor?.party ?? '')) }), 'peers.saidRevoked', { name: peer.name }).then(() => setAsking(undefined))
  return (
    <Page title={t('peers.title')} answer={t('peers.answer')}>
      <p className="cl-note" role="status">{act.said}</p>
      {act.error !== undefined && <ErrorState error={act.error} />}
      {asking !== undefined && (
        <Section title={t('peers.revokeTitle', { name: asking.name })}>
          <p>{t('peers.revokeWhy')}</p>
          <div className="cl-decide">
            <Button loading={act.busy} onClick={() => revoke(asking)}>{t('peers.revokeYes')}</Button>
            <Button variant="default" ref={(button) => button?.focus()} onClick={() => setAsking(undefined)}>{t('peers.notYet')}</Button>
          </div>
        </Section>
      )}
      <Outcome result={peers} rows={4}>
        {({ items }) => (items.length > 0 ? <DataTable caption={t('peers.table')} columns={columns} rows={items} rowKey={({ party }) => party} /> : <EmptyState title={t('peers.none')} why={t('peers.noneWhy')} icon="building" />)}
      </Outcome>
      {open !== undefined && (
        <Section title={t('peers.pinned', { name: open.name })} action={<Button variant="default" size="compact-md" onClick={() => setOpen(undefined)}>{t('shell.close')}</Button>}>
          <Facts facts={[{ label: t('peers.key'), value: <Hash value={open.key} /> }, { label: t('peers.logKey'), value: <Hash value={open.logKey} /> }, { label: t('peers.rootKey'), value: <Hash value={open.rootKey} /> }, { label: t('peers.witnesses'), value: open.witnesses }]} />
        </Section>
      )}
      {root ? <AddPeer /> : <p className="cl-note">{t('peers.rootOnly')}</p>}
    </Page>
  )
}

function AddPeer() {
  const { t } = usePreferences()
  const client = useClient()
  const act = useAct()
  const [files, setFiles] = useState<{ readonly trust: File | null, readonly proof: File | null }>({ trust: null, proof: null })
  const [name, setName] = useState('')
  const [missing, setMissing] = useState(false)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    const { trust, proof } = files
    setMissing(trust === null || proof === null || name.trim() === '')
    if (trust === null || proof === null || name.trim() === '') return
    void act.run(async () => {
      await recogniseOrganisation(client, { trust: toTrust(contracts.platform.trust.output.parse(JSON.parse(await trust.text()))), enrolment: await proof.text(), name: name.trim() })
    }, 'peers.saidAdded', { name: name.trim() })
  }
  return (
    <Section title={t('peers.add')}>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <FileField label={t('peers.trustFile')} accept="application/json,.json" value={files.trust} onChange={(trust) => setFiles({ ...files, trust })} />
          <FileField label={t('peers.proofFile')} value={files.proof} onChange={(proof) => setFiles({ ...files, proof })} />
          <TextInput label={t('peers.addName')} value={name} maxLength={120} autoComplete="off" error={missing && t('peers.addNeed')} onChange={(event) => setName(event.currentTarget.value)} />
          {act.error !== undefined && <ErrorState error={act.error} />}
          <p className="cl-note" role="status">{act.said}</p>
          <div><Button type="submit" loading={act.busy}>{t('peers.addYes')}</Button></div>
        </Stack>
      </form>
    </Section>
  )
}
