import { useState } from 'react'
import { Button, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { revokeOwnKey } from '@careledger/client'
import { Hash } from '../../components/facts.tsx'
import { ErrorState } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import type { WordKey } from '../../i18n/translate.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { useServices } from '../../session/services.tsx'
import type { OwnKey } from '../../session/shapes.ts'

const lockWords = { 'passkey': 'device.openPasskey', 'passkey-check': 'device.openPasskeyCheck', 'browser': 'device.openBrowser' } as const satisfies Readonly<Record<string, WordKey>>

/** One device: what it is called, how its key is kept, when it was used, and what can be done about it. */
export function Device({ item }: { readonly item: OwnKey }) {
  const { t, instant } = usePreferences()
  const [doing, setDoing] = useState<'rename' | 'remove'>()
  const name = item.name ?? t('device.unnamed')
  const facts = [item.current && t('device.here'), t(item.lock === undefined ? 'device.openUnknown' : lockWords[item.lock]), item.lastUsed === undefined ? t('device.neverUsed') : t('device.lastUsed', { time: instant(item.lastUsed, 'patient') })]
  return (
    <li className="cl-line">
      <div>
        <span><strong>{name}</strong> <StatusBadge status={item.revoked ? 'revoked' : 'inForce'} /></span>
        <span className="cl-note">{facts.filter(Boolean).join(' · ')}</span>
        <Hash value={item.key} short />
        {!item.revoked && doing === undefined && (
          <div className="cl-decide">
            <Button variant="default" onClick={() => setDoing('rename')} aria-label={t('device.renameOf', { name })}>{t('device.rename')}</Button>
            {!item.current && <Button variant="subtle" onClick={() => setDoing('remove')} aria-label={t('device.removeOf', { name })}>{t('device.remove')}</Button>}
          </div>
        )}
        {doing === 'rename' && <Rename item={item} onDone={() => setDoing(undefined)} />}
        {doing === 'remove' && <Remove item={item} name={name} onDone={() => setDoing(undefined)} />}
      </div>
    </li>
  )
}

function Rename({ item, onDone }: { readonly item: OwnKey, readonly onDone: () => void }) {
  const { t } = usePreferences()
  const { client } = useServices()
  const [name, setName] = useState(item.name ?? '')
  const { busy, error, run } = useChange(onDone)
  return (
    <form className="cl-form" onSubmit={(event) => { event.preventDefault(); if (name.trim() !== '') void run(() => client.identity.devices.rename.mutate({ key: item.key, name: name.trim() })) }}>
      <TextInput label={t('device.nameLabel')} description={t('device.nameHint')} value={name} maxLength={40} autoComplete="off" data-autofocus autoFocus onChange={(event) => setName(event.currentTarget.value)} />
      {error !== undefined && <ErrorState error={error} />}
      <div className="cl-decide"><Button type="submit" loading={busy}>{t('device.save')}</Button><Button variant="default" onClick={onDone}>{t('shell.back')}</Button></div>
    </form>
  )
}

function Remove({ item, name, onDone }: { readonly item: OwnKey, readonly name: string, readonly onDone: () => void }) {
  const { t } = usePreferences()
  const { client, keyring } = useServices()
  const { busy, error, run } = useChange(onDone)
  const remove = async (): Promise<void> => {
    await revokeOwnKey(client, item.key)
    await keyring.forget(item.key)
  }
  return (
    <div role="group" aria-label={t('device.removeOf', { name })}>
      <p>{t('device.removeAsk')}</p>
      {error !== undefined && <ErrorState error={error} />}
      <div className="cl-decide"><Button loading={busy} onClick={() => void run(remove)}>{t('device.removeDo')}</Button><Button variant="default" onClick={onDone}>{t('shell.back')}</Button></div>
    </div>
  )
}

/** A change that shows that it is under way, and what went wrong. */
function useChange(onDone: () => void) {
  const queries = useQueryClient()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const run = async (change: () => Promise<unknown>): Promise<void> => {
    setBusy(true)
    setError(undefined)
    try {
      await change()
      await queries.invalidateQueries()
      onDone()
    } catch (failure) {
      setError(failure)
      setBusy(false)
    }
  }
  return { busy, error, run }
}
