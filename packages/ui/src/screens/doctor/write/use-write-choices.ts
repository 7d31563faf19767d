import { useLocation, useNavigate } from 'react-router'
import { usePreferences } from '../../../session/preferences.tsx'
import { useSession } from '../../../session/session.tsx'
import { kindsOf, kindWords } from './kind-words.ts'

/** What the palette offers on a patient's page: one line for each form. */
export function useWriteChoices() {
  const { t } = usePreferences()
  const { pathname } = useLocation()
  const { actor } = useSession()
  const navigate = useNavigate()
  const patient = /^\/patients\/([0-9a-f-]{36})\//.exec(pathname)?.[1]
  if (patient === undefined || actor === undefined) return []
  return kindsOf(actor.roles).map((kind) => ({ words: t('write.palette', { kind: t(kindWords[kind].title) }), icon: kindWords[kind].icon, run: () => void navigate(`/patients/${patient}/write/${kind}`) }))
}
