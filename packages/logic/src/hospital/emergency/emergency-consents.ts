import type { Consent, Purpose } from '../../consent/consent-terms.ts'
import type { Reader } from '../../consent/covers.ts'
import type { PolicyRow } from '../tables.ts'
import type { OpenEmergency } from './emergency-row.ts'

/**
 * What the caller's open emergencies add at `now`, as consents that bear the emergency's id and end with it: for treatment only, and never with
 * epoch keys. A seal adds the named kinds to each consent that holds, and nothing where none does.
 */
export function emergencyConsents({ emergencies }: Pick<PolicyRow, 'emergencies'>, held: readonly Consent[], actor: Reader, purpose: Purpose, now: Date): readonly Consent[] {
  if (purpose !== 'treatment') return []
  const open = (emergencies ?? []).filter(({ party, until }) => party === actor.party && Date.parse(until) > now.getTime())
  return open.flatMap((one) => (one.opens === 'record' ? [wholeRecord(one)] : held.map((consent) => unsealed(one, consent))))
}

function wholeRecord({ id, party, until, sensitive }: OpenEmergency): Consent {
  return { id, emergency: true, terms: { v: 1, grantee: party, purpose: 'treatment', expires: until, direct: false, ...(sensitive === undefined ? {} : { sensitive }) } }
}

function unsealed({ id, until, sensitive }: OpenEmergency, { terms }: Consent): Consent {
  const kinds = [...new Set([...(terms.sensitive ?? []), ...(sensitive ?? [])])].sort()
  return { id, emergency: true, terms: { ...terms, direct: false, sensitive: kinds, expires: until < terms.expires ? until : terms.expires } }
}
