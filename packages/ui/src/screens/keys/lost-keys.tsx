import { useCallback, useEffect, useState } from 'react'
import { Button } from '@mantine/core'
import { useNavigate } from 'react-router'
import { completeRecovery, recoveryState, type RecoveryState } from '@careledger/client'
import { keyCode, type Signer } from '@careledger/proof'
import { Page } from '../../components/page.tsx'
import { ErrorState } from '../../components/states.tsx'
import { keepAsOwn, ownKey } from '../../session/own-key.ts'
import { problemCode } from '../../session/problem.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { useServices } from '../../session/services.tsx'
import { useSession } from '../../session/session.tsx'
import { homeOf } from '../../shell/navigation.ts'
import { MakeKey } from './new-device.tsx'

/** Somebody who has no key any more: a new key, its code for the guardians, and the wait, which this browser remembers. */
export function LostKeys() {
  const { t } = usePreferences()
  const { keyring } = useServices()
  const [signer, setSigner] = useState<Signer>()
  useEffect(() => {
    const key = ownKey()
    if (key !== undefined) void keyring.signer(key).then(setSigner)
  }, [keyring])
  const shown = (made: Signer): void => {
    keepAsOwn(made.key)
    setSigner(made)
  }
  return <Page title={t('recovery.loseTitle')} width="read" answer={t('recovery.loseAnswer')}>{signer === undefined ? <MakeKey onShown={(made) => shown(made.signer)} /> : <Wait signer={signer} />}</Page>
}

const LOOK_EVERY_MS = 15_000

function Wait({ signer }: { readonly signer: Signer }) {
  const { t, instant } = usePreferences()
  const { client } = useServices()
  const { signInAs } = useSession()
  const navigate = useNavigate()
  const [state, setState] = useState<RecoveryState>()
  const [error, setError] = useState<unknown>()
  const [held, setHeld] = useState(false)
  const look = useCallback(() => recoveryState(client, signer).then(setState, setError), [client, signer])
  useEffect(() => {
    void look()
    const timer = setInterval(() => void look(), LOOK_EVERY_MS)
    return () => clearInterval(timer)
  }, [look])
  const enter = async (): Promise<void> => {
    setError(undefined)
    try {
      if (state?.state === 'ready') await completeRecovery(client, signer)
      await navigate(homeOf(await signInAs(signer)))
    } catch (failure) {
      // Of its own staff the organisation lets the key in; this page looks again by itself.
      if (problemCode(failure) === 'NOT_ALLOWED' && state?.by === 'organisation') setHeld(true)
      else setError(failure)
    }
  }
  const canEnter = state?.state === 'ready' || state?.state === 'done'
  return (
    <>
      <p>{t('device.newCode')}</p>
      <p className="cl-key-code"><code>{keyCode(signer.key)}</code></p>
      <p>{t('recovery.loseCall')}</p>
      <p className="cl-notice">{t('privacy.loseWho')}</p>
      <div role="status">
        {state?.state === 'waiting' && <p>{t('recovery.loseWaiting', { count: state.approvals, threshold: state.threshold, time: instant(state.from, 'patient') })}</p>}
        {state?.state === 'stopped' && <p>{t('recovery.loseStopped')}</p>}
        {canEnter && !(held && state.state === 'ready') && <p>{t('recovery.loseReady')}</p>}
        {held && state?.state === 'ready' && <p>{t('privacy.loseHeld')}</p>}
      </div>
      {error !== undefined && <ErrorState error={error} />}
      {canEnter && <div className="cl-decide"><Button onClick={() => void enter()}>{t('recovery.loseEnter')}</Button></div>}
    </>
  )
}
