import { useEffect, useState } from 'react'
import { Button, TextInput } from '@mantine/core'
import { Link, useNavigate } from 'react-router'
import { askAsDevice } from '@careledger/client'
import type { Signer } from '@careledger/proof'
import { Page } from '../../components/page.tsx'
import { ErrorState } from '../../components/states.tsx'
import { keepAsOwn } from '../../session/own-key.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { problemCode } from '../../session/problem.ts'
import { useServices } from '../../session/services.tsx'
import { useSession } from '../../session/session.tsx'
import { homeOf } from '../../shell/navigation.ts'
import { thisDevice } from './this-device.ts'

/** How often a new device asks whether it has been let in. */
const ASK_EVERY_MS = 4_000

export interface ShownCode { readonly signer: Signer, readonly code: string, readonly expires: string }

/** A device that nobody knows yet: makes its key, shows the key's code, and goes on once another device has let it in. */
export function NewDevice() {
  const { t } = usePreferences()
  const [shown, setShown] = useState<ShownCode>()
  return (
    <Page title={t('device.newTitle')} width="read" answer={t('device.newAnswer')}>
      {shown === undefined ? <MakeKey onShown={setShown} /> : <Waiting shown={shown} onAgain={() => setShown(undefined)} />}
    </Page>
  )
}

export function MakeKey({ onShown }: { readonly onShown: (shown: ShownCode) => void }) {
  const { t } = usePreferences()
  const { client, keyring } = useServices()
  const [name, setName] = useState(thisDevice)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const make = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    try {
      const signer = await keyring.create()
      onShown({ signer, ...(await askAsDevice(client, signer, { name: name.trim() || thisDevice(), lock: 'browser' })) })
    } catch (failure) {
      setError(failure)
      setBusy(false)
    }
  }
  return (
    <form className="cl-form cl-form-open" onSubmit={(event) => { event.preventDefault(); void make() }}>
      <TextInput size="md" label={t('device.nameLabel')} description={t('device.nameHint')} value={name} maxLength={40} autoComplete="off" onChange={(event) => setName(event.currentTarget.value)} />
      {error !== undefined && <ErrorState error={error} onRetry={() => void make()} />}
      <div className="cl-decide"><Button type="submit" loading={busy}>{t('device.newMake')}</Button><Button component={Link} to="/sign-in" variant="default">{t('shell.back')}</Button></div>
    </form>
  )
}

function Waiting({ shown, onAgain }: { readonly shown: ShownCode, readonly onAgain: () => void }) {
  const { t, instant } = usePreferences()
  const { client } = useServices()
  const { over, error } = useLetIn(shown, client.now)
  return (
    <>
      <p>{t('device.newCode')}</p>
      <p className="cl-key-code" data-over={over || undefined}><code>{shown.code}</code></p>
      <p role="status">{over ? t('device.newOver') : t('device.newWaiting', { time: instant(shown.expires, 'time') })}</p>
      {error !== undefined && <ErrorState error={error} />}
      {over && <div className="cl-decide"><Button onClick={onAgain}>{t('device.newAgain')}</Button></div>}
    </>
  )
}

/** Tries to sign in until the key is enrolled, its time is over, or something else stands in the way. */
function useLetIn({ signer, expires }: ShownCode, now: () => Date): { readonly over: boolean, readonly error: unknown } {
  const { signInAs } = useSession()
  const navigate = useNavigate()
  const [state, setState] = useState<{ readonly over: boolean, readonly error: unknown }>({ over: false, error: undefined })
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let gone = false
    const ask = async (): Promise<void> => {
      try {
        const actor = await signInAs(signer)
        keepAsOwn(signer.key)
        await navigate(homeOf(actor))
      } catch (failure) {
        if (gone) return
        if (problemCode(failure) !== 'KEY_UNKNOWN') return setState({ over: false, error: failure })
        if (now().getTime() > Date.parse(expires)) return setState({ over: true, error: undefined })
        timer = setTimeout(() => void ask(), ASK_EVERY_MS)
      }
    }
    timer = setTimeout(() => void ask(), ASK_EVERY_MS)
    return () => {
      gone = true
      clearTimeout(timer)
    }
    // One key, one wait: what the session does meanwhile does not begin it anew.
  }, [signer, expires])
  return state
}
