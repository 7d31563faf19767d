import { useMemo } from 'react'
import { useQuery } from '@tanstack/react-query'
import { verifyHealthCard, type CardCheck } from '@careledger/client'
import { utf8 } from '@careledger/proof'
import { Facts } from '../../../components/facts.tsx'
import { Icon } from '../../../components/icon.tsx'
import { Rich } from '../../../components/rich.tsx'
import { Outcome } from '../../../components/states.tsx'
import { StatusBadge } from '../../../components/status-badge.tsx'
import type { WordKey } from '../../../i18n/translate.ts'
import { factsInWords } from '../../../records/fact-words.ts'
import { kindName } from '../../../records/kinds.ts'
import { plainFacts } from '../../../records/plain-words.ts'
import { at, items, readResource, text as textOf } from '../../../records/resource.ts'
import { usePreferences } from '../../../session/preferences.tsx'
import { useClient } from '../../../session/services.tsx'

const icons = { pass: 'check', fail: 'octagon', unchecked: 'minus' } as const

/** A health card, checked in this browser against the issuers that this instance knows; what it says stands below the verdict. */
export function CardView({ text }: { readonly text: string }) {
  const client = useClient()
  const check = useQuery({
    queryKey: ['card', text], gcTime: 0,
    queryFn: async () => verifyHealthCard(text, (await client.hospital.cards.issuers.query({})).items, client.now()),
  })
  return <Outcome result={check} rows={8}>{(found) => <Checked check={found} />}</Outcome>
}

function Checked({ check }: { readonly check: CardCheck }) {
  const { t } = usePreferences()
  const { valid, steps, issuer } = check
  const unasked = steps.some(({ outcome }) => outcome === 'unchecked')
  return (
    <div className="cl-card cl-section cl-proof">
      <h2>{t('show.card')}</h2>
      <div className="cl-proof-head" data-valid={valid} role="status">
        <StatusBadge status={valid ? 'proven' : 'mismatch'} filled={!valid} />
        <span>{valid ? <Rich k={unasked ? 'show.cardHoldsUnasked' : 'show.cardHolds'} values={{ name: issuer?.name ?? '' }} /> : t('show.cardBad')}</span>
      </div>
      <ol className="cl-steps">
        {steps.map(({ name, outcome, detail }) => (
          <li key={name} data-outcome={outcome} data-step={name}>
            <span className="cl-step-mark"><Icon name={icons[outcome]} size={18} /></span>
            <div>
              <p className="cl-step-words">{t(`show.step_${name}` as WordKey)} <span className="cl-step-outcome">{t(`proof.${outcome}`)}</span></p>
              <details><summary>{t('proof.how')}</summary><p className="cl-note" lang="en">{detail}</p></details>
            </div>
          </li>
        ))}
      </ol>
      {check.card && <Says check={check} />}
    </div>
  )
}

function Says({ check }: { readonly check: CardCheck }) {
  const preferences = usePreferences()
  const { t } = preferences
  const bundle = useMemo(() => readResource(utf8(JSON.stringify(check.card?.bundle ?? {}))), [check])
  const resources = items(at(bundle, 'entry')).flatMap((entry) => at(entry, 'resource') ?? [])
  return (
    <section aria-label={t('show.cardSays')}>
      <h3>{t('show.cardSays')}</h3>
      <ul className="cl-carried">
        {resources.map((resource, index) => <li key={index}><strong>{kindName(t, textOf(at(resource, 'resourceType')) ?? '')}</strong><Facts facts={factsInWords(plainFacts(resource), preferences)} /></li>)}
      </ul>
    </section>
  )
}
