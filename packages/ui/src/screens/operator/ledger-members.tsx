import { useState, type FormEvent } from 'react'
import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { ErrorState, Outcome } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import type { LedgerMembership } from '../../session/shapes.ts'

type Stream = LedgerMembership['streams'][number]
interface Change { readonly stream: string, readonly member: string, readonly right: 'read' | 'write' }

/** Who may read and write the ledger's streams, and the way to change it, where the ledger has one. */
export function LedgerMembers({ ledger }: { readonly ledger: string }) {
  const { t } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const members = useOperation(client.platform.membership.list, 'platform.membership.list', { ledger }, { refetchMs: 15_000 })
  const [told, setTold] = useState('')
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState(false)

  const change = async (kind: 'grant' | 'revoke', { stream, member, right }: Change): Promise<boolean> => {
    setError(undefined)
    setBusy(true)
    try {
      await client.platform.membership[kind].mutate({ ledger, stream, member, right })
      setTold(t(kind === 'grant' ? 'operator.granted' : 'operator.revoked', { member: shortened(member), stream }))
      await queries.invalidateQueries()
      return true
    } catch (failure) {
      setError(failure)
      return false
    } finally {
      setBusy(false)
    }
  }

  return (
    <Outcome result={members} rows={3}>
      {({ supported, streams }) => (supported
        ? (
          <>
            {streams.map((stream) => <StreamMembers key={stream.stream} stream={stream} busy={busy} onRevoke={(one) => void change('revoke', one)} />)}
            <GrantForm streams={streams.map(({ stream }) => stream)} busy={busy} onGrant={(one) => change('grant', one)} />
            <p className="cl-note" role="status">{told}</p>
            {error !== undefined && <><ErrorState error={error} /><p className="cl-note" lang="en">{(error as Error).message}</p></>}
          </>
        )
        : <p className="cl-note">{t('operator.membersUnsupported')}</p>)}
    </Outcome>
  )
}

function StreamMembers({ stream: { stream, members }, busy, onRevoke }: { readonly stream: Stream, readonly busy: boolean, readonly onRevoke: (change: Change) => void }) {
  const { t } = usePreferences()
  return (
    <section className="cl-stream" aria-label={stream}>
      <h4>{stream}</h4>
      {members.length === 0 && <p className="cl-note">{t('operator.streamNobody')}</p>}
      <ul className="cl-plain-list">
        {members.map(({ member, right }) => (
          <li key={`${member} ${right}`} className="cl-member">
            <span><code title={member}>{shortened(member)}</code> {t(right === 'write' ? 'operator.mayWrite' : 'operator.mayRead')}</span>
            <Button size="compact-sm" variant="default" disabled={busy} aria-label={t('operator.revokeOf', { member, stream })} onClick={() => onRevoke({ stream, member, right })}>{t('operator.revoke')}</Button>
          </li>
        ))}
      </ul>
    </section>
  )
}

function GrantForm({ streams, busy, onGrant }: { readonly streams: readonly string[], readonly busy: boolean, readonly onGrant: (change: Change) => Promise<boolean> }) {
  const { t } = usePreferences()
  const [draft, setDraft] = useState<Change>({ stream: streams[0] ?? '', member: '', right: 'write' })
  const [missing, setMissing] = useState(false)
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    const member = draft.member.trim()
    setMissing(member === '')
    if (member !== '' && (await onGrant({ ...draft, member }))) setDraft({ ...draft, member: '' })
  }
  return (
    <form className="cl-form" noValidate onSubmit={(event) => void send(event)}>
      <h4>{t('operator.grantTitle')}</h4>
      <TextInput label={t('operator.member')} description={t('operator.memberHint')} value={draft.member} error={missing && t('operator.memberMissing')} onChange={(event) => setDraft({ ...draft, member: event.currentTarget.value })} />
      <NativeSelect label={t('operator.columnStream')} value={draft.stream} data={[...streams]} onChange={(event) => setDraft({ ...draft, stream: event.currentTarget.value })} />
      <NativeSelect label={t('operator.right')} value={draft.right} data={[{ value: 'write', label: t('operator.rightWrite') }, { value: 'read', label: t('operator.rightRead') }]} onChange={(event) => setDraft({ ...draft, right: event.currentTarget.value as 'read' | 'write' })} />
      <div className="cl-decide"><Button type="submit" loading={busy}>{t('operator.grant')}</Button></div>
    </form>
  )
}

function shortened(member: string): string {
  return member.length > 28 ? `${member.slice(0, 12)} … ${member.slice(-12)}` : member
}
