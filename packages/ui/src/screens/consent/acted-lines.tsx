import { usePreferences } from '../../session/preferences.tsx'
import type { Consent } from '../../session/shapes.ts'
import { actingWord } from '../care/ward-name.tsx'

/** Who gave, stopped or passed on a consent, where that was not the patient alone. */
export function ActedLines({ item }: { readonly item: Consent }) {
  const { t } = usePreferences()
  const lines = [
    item.actedBy && t('privacy.givenBy', { name: item.actedBy.name, as: t(actingWord(item.actedBy.basis)) }),
    item.passedOn && t('privacy.passedBy', { name: item.passedOn.name }),
    item.terms.passOn === true && t('privacy.linePassOn'),
    item.withdrawnActedBy && t('privacy.stoppedBy', { name: item.withdrawnActedBy.name, as: t(actingWord(item.withdrawnActedBy.basis)) }),
  ].filter((line) => typeof line === 'string')
  return <>{lines.map((line) => <span key={line} className="cl-note">{line}</span>)}</>
}
