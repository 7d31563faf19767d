import { useEffect, useRef, useState } from 'react'
import { Button, Modal } from '@mantine/core'
import { usePreferences } from './preferences.tsx'
import { useSession } from './session.tsx'

/** Automatic log-off (45 CFR 164.312(a)(2)(iii)): so long without a key, a click or a touch, and the session ends. */
const IDLE_MS = 10 * 60_000
/** How long before that the person is warned. */
const WARNED_MS = 60_000

/** Ends the session of somebody who has gone away; says so a minute before. The clock of the machine counts, so that sleep is absence too. */
export function IdleWatch() {
  const { t } = usePreferences()
  const { actor, signOut } = useSession()
  const last = useRef(0)
  const [leftMs, setLeftMs] = useState<number>()
  const signedIn = actor !== undefined

  useEffect(() => {
    if (!signedIn) return setLeftMs(undefined)
    last.current = Date.now()
    const touch = (): void => {
      // Once warned, only the button keeps the session: a bumped mouse does not.
      if (Date.now() - last.current < IDLE_MS - WARNED_MS) last.current = Date.now()
    }
    const look = (): void => {
      const left = IDLE_MS - (Date.now() - last.current)
      setLeftMs(left <= WARNED_MS ? Math.max(0, left) : undefined)
      if (left <= 0) void signOut('idle')
    }
    const events = ['pointerdown', 'keydown', 'scroll', 'touchstart'] as const
    for (const name of events) addEventListener(name, touch, { passive: true, capture: true })
    document.addEventListener('visibilitychange', look)
    const timer = setInterval(look, 1_000)
    return () => {
      for (const name of events) removeEventListener(name, touch, { capture: true })
      document.removeEventListener('visibilitychange', look)
      clearInterval(timer)
    }
  }, [signedIn, signOut])

  const stay = (): void => {
    last.current = Date.now()
    setLeftMs(undefined)
  }
  return (
    <Modal opened={signedIn && leftMs !== undefined} onClose={stay} title={t('device.idleTitle')} closeButtonProps={{ 'aria-label': t('device.idleStay') }} transitionProps={{ duration: 0 }} centered>
      <p role="timer" aria-live="off">{t('device.idleText', { count: Math.ceil((leftMs ?? 0) / 1000) })}</p>
      <p className="cl-note">{t('privacy.idleKept')}</p>
      <div className="cl-decide">
        <Button onClick={stay} data-autofocus>{t('device.idleStay')}</Button>
        <Button variant="default" onClick={() => void signOut()}>{t('shell.signOut')}</Button>
      </div>
    </Modal>
  )
}
