import { usePreferences } from '../../session/preferences.tsx'
import { useSession } from '../../session/session.tsx'
import type { Consent } from '../../session/shapes.ts'
import { actingWord } from '../care/ward-name.tsx'

type Acted = NonNullable<Consent['actedBy']>

/** Who gave, stopped or passed on a consent, where that was not the patient alone; read by the patient, or by who acted. */
export function ActedLines({ item }: { readonly item: Consent }) {
  const { t } = usePreferences()
  const { actor } = useSession()
  const by = ({ party, name, basis }: Acted, done: 'given' | 'stopped'): string => {
    if (party === actor?.party) return t(done === 'given' ? 'privacy.givenByYou' : 'privacy.stoppedByYou', { as: t(actingWord(basis)) })
    return t(done === 'given' ? 'privacy.givenBy' : 'privacy.stoppedBy', { name, as: basis === 'chosen' ? t('privacy.asChosenByYou') : t(actingWord(basis)) })
  }
  const lines = [
    item.actedBy && by(item.actedBy, 'given'), item.passedOn && t('privacy.passedBy', { name: item.passedOn.name }), item.terms.passOn === true && t('privacy.linePassOn'), item.withdrawnActedBy && by(item.withdrawnActedBy, 'stopped'),
  ].filter((line) => typeof line === 'string')
  return <>{lines.map((line) => <span key={line} className="cl-note cl-acted">{line}</span>)}</>
}
