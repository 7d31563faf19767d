import { useState } from 'react'
import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { addDevice, revokeOwnKey } from '@careledger/client'
import { ErrorState } from '../../components/states.tsx'
import { keepAsOwn } from '../../session/own-key.ts'
import { isTurnedAway, lockWithPasskey, passkeysWork } from '../../session/passkeys.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { useServices } from '../../session/services.tsx'
import { useSession } from '../../session/session.tsx'
import type { OwnKey } from '../../session/shapes.ts'
import { usePersonName } from '../../shell/person-name.ts'
import { thisDevice } from './this-device.ts'

/** A new key for this device: opened by a passkey, or in the place of the one in use. History signed by the old one stays as it is. */
export function LockThisDevice({ current }: { readonly current: OwnKey | undefined }) {
  const { t } = usePreferences()
  const { client, keyring } = useServices()
  const { signInAs, actor } = useSession()
  const person = usePersonName()
  const queries = useQueryClient()
  const [busy, setBusy] = useState<'lock' | 'replace'>()
  const [done, setDone] = useState<'device.locked' | 'device.replaced' | 'device.passkeyCancelled'>()
  const [error, setError] = useState<unknown>()
  if (current === undefined || actor === undefined) return null
  const name = current.name ?? thisDevice()

  const act = async (what: 'lock' | 'replace', change: () => Promise<void>): Promise<void> => {
    setBusy(what)
    setDone(undefined)
    setError(undefined)
    try {
      await change()
      setDone(what === 'lock' ? 'device.locked' : 'device.replaced')
      await queries.invalidateQueries()
    } catch (failure) {
      if (isTurnedAway(failure)) setDone('device.passkeyCancelled')
      else setError(failure)
    } finally {
      setBusy(undefined)
    }
  }
  const lock = async (): Promise<void> => {
    const signer = await lockWithPasskey(client, keyring, { name, person })
    await signInAs(signer)
    keepAsOwn(signer.key)
    // While the old key lay open beside it, the lock would be none.
    await keyring.forget(current.key)
  }
  const replace = async (): Promise<void> => {
    const signer = await keyring.create()
    await addDevice(client, { jwk: signer.publicJwk, name, lock: 'browser' })
    await signInAs(signer)
    keepAsOwn(signer.key)
    await revokeOwnKey(client, current.key)
    await keyring.forget(current.key)
  }
  const isLocked = current.lock === 'passkey' || current.lock === 'passkey-check'
  return (
    <div className="cl-card cl-section">
      <p>{t('device.lockHint')}</p>
      {done !== undefined && <p className="cl-notice" role="status">{t(done)}</p>}
      {error !== undefined && <ErrorState error={error} />}
      <div className="cl-decide">
        {passkeysWork() && <Button variant={isLocked ? 'default' : 'filled'} loading={busy === 'lock'} disabled={busy !== undefined} onClick={() => void act('lock', lock)}>{t('device.lock')}</Button>}
        <Button variant="default" loading={busy === 'replace'} disabled={busy !== undefined} onClick={() => void act('replace', replace)}>{t('device.replace')}</Button>
      </div>
    </div>
  )
}
