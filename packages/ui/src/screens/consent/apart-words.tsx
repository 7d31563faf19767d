import { usePreferences } from '../../session/preferences.tsx'
import { SENSITIVE_KINDS, useKindWords, type Sensitivity } from './sensitive-kinds.tsx'

/** Which sensitive kinds are shared and which stay apart. */
export function ApartWords({ shared }: { readonly shared: readonly Sensitivity[] }) {
  const { t } = usePreferences()
  const words = useKindWords()
  const apart = SENSITIVE_KINDS.filter((kind) => !shared.includes(kind))
  return (
    <span className="cl-note">
      {shared.length > 0 && `${t('emergency.lineWith', { kinds: words(shared) })} `}
      {apart.length > 0 && t('emergency.lineApart', { kinds: words(apart) })}
    </span>
  )
}
