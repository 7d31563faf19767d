import { useEffect, useState } from 'react'
import { Button } from '@mantine/core'
import { Link, useLocation, useNavigate } from 'react-router'
import type { SignedInActor } from '@careledger/client'
import { FileDrop } from '../../components/file-drop.tsx'
import { Icon } from '../../components/icon.tsx'
import { Page, Section } from '../../components/page.tsx'
import { ErrorState, LoadingState } from '../../components/states.tsx'
import { ownKey } from '../../session/own-key.ts'
import { isTurnedAway, KeyLost, passkeysWork } from '../../session/passkeys.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { useServices } from '../../session/services.tsx'
import { useSession } from '../../session/session.tsx'
import { homeOf } from '../../shell/navigation.ts'
import { AccountButton } from './account.tsx'
import { Because } from './because.tsx'

type Trouble = 'keys.notAKey' | 'device.passkeyCancelled' | 'device.keyLost'

/** Every way to prove a key: by passkey, with the one this browser keeps, with another device's help, or from a file. */
export function SignIn() {
  const { t } = usePreferences()
  const { signInWith, signInAs, unlock, status } = useSession()
  const { keyring } = useServices()
  const navigate = useNavigate()
  // Where a page was left, for who was signed out there; whether they may see it is decided there again.
  const { state } = useLocation() as { readonly state: { readonly back?: unknown } | null }
  const [trouble, setTrouble] = useState<Trouble>()
  const [error, setError] = useState<unknown>()
  const kept = useKeptOpen()

  const enter = async (way: () => Promise<SignedInActor>): Promise<void> => {
    setTrouble(undefined)
    setError(undefined)
    try {
      const actor = await way()
      await navigate(typeof state?.back === 'string' ? state.back : homeOf(actor))
    } catch (failure) {
      const known = troubleOf(failure)
      if (known === undefined) setError(failure)
      else setTrouble(known)
    }
  }
  const withFile = async (file: File): Promise<void> => {
    const jwk = await readKey(file)
    if (jwk === undefined) return setTrouble('keys.notAKey')
    await enter(() => signInWith(jwk))
  }
  const withKept = async (key: string): Promise<void> => {
    const signer = await keyring.signer(key)
    if (signer !== undefined) await enter(() => signInAs(signer))
  }
  return (
    <Page title={t('device.signInTitle')} width="read" answer={t('device.signInAnswer')}>
      <Because />
      {trouble !== undefined && <p className="cl-field-problem" role="alert">{t(trouble)}</p>}
      {error !== undefined && <ErrorState error={error} />}
      {status === 'signing-in' && <LoadingState rows={1} />}
      {passkeysWork() && <div className="cl-decide"><Button size="md" leftSection={<Icon name="key" size={20} />} onClick={() => void enter(unlock)}>{t('device.withPasskey')}</Button><span className="cl-note">{t('device.withPasskeyHint')}</span></div>}
      {kept !== undefined && <div className="cl-decide"><Button size="md" variant="default" onClick={() => void withKept(kept)}>{t('device.withBrowser')}</Button><span className="cl-note">{t('device.withBrowserHint')}</span></div>}
      <AccountButton onError={setError} />
      <ul className="cl-ways">
        <li><Link className="cl-way" to="/sign-in/device"><Icon name="share" size={24} /><span><strong>{t('device.withDevice')}</strong><span className="cl-note">{t('device.withDeviceHint')}</span></span></Link></li>
        <li><Link className="cl-way" to="/sign-in/lost"><Icon name="people" size={24} /><span><strong>{t('recovery.loseTitle')}</strong><span className="cl-note">{t('recovery.loseHint')}</span></span></Link></li>
      </ul>
      <Section title={t('device.withFile')} plain>
        <p className="cl-note">{t('keys.ownAnswer')}</p>
        <FileDrop title={t('keys.choose')} hint={t('keys.fileHint')} accept=".json,.jwk,application/json" onFile={(file) => void withFile(file)} />
      </Section>
    </Page>
  )
}

/** This browser's own key, where it is kept open. */
function useKeptOpen(): string | undefined {
  const { keyring } = useServices()
  const [kept, setKept] = useState<string>()
  useEffect(() => {
    const key = ownKey()
    if (key !== undefined) void keyring.signer(key).then((signer) => setKept(signer?.key))
  }, [keyring])
  return kept
}

function troubleOf(failure: unknown): Trouble | undefined {
  if (isTurnedAway(failure)) return 'device.passkeyCancelled'
  if (failure instanceof KeyLost) return 'device.keyLost'
  return failure instanceof TypeError || (failure as { readonly name?: unknown }).name === 'ProofError' ? 'keys.notAKey' : undefined
}

async function readKey(file: File): Promise<unknown> {
  try {
    return file.size < 10_000 ? (JSON.parse(await file.text()) as unknown) : undefined
  } catch {
    return undefined
  }
}
