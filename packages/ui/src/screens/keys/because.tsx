import type { WordKey } from '../../i18n/translate.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { useSession, type SignedOutBecause } from '../../session/session.tsx'

const words = { idle: 'device.becauseIdle', elsewhere: 'device.becauseElsewhere', locked: 'device.becauseLocked', lost: 'device.becauseLost' } as const satisfies Readonly<Record<SignedOutBecause, WordKey>>

/** Why nobody is signed in here any more, where that is worth saying. */
export function Because() {
  const { t } = usePreferences()
  const { because } = useSession()
  return because === undefined ? null : <p className="cl-notice" role="status">{t(words[because])}{because === 'idle' && ` ${t('privacy.idleKept')}`}</p>
}
