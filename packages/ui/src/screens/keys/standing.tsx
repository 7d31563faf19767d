import { Section } from '../../components/page.tsx'
import { Hash } from '../../components/facts.tsx'
import { Outcome } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import type { WordKey } from '../../i18n/translate.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import type { KeyChain } from '../../session/shapes.ts'
import { roleWord } from '../../shell/navigation.ts'

const grantWords = { 'in-force': 'standing.inForce', 'revoked': 'standing.roleRevoked', 'issuer-revoked': 'standing.roleIssuerRevoked', 'expired': 'standing.expired', 'not-yet': 'standing.notYet' } as const satisfies Readonly<Record<string, WordKey>>

/** The chain of trust behind each of a party's keys, in sentences: who enrolled it, up to the operator, and the roles it was given for a time. */
export function Standing({ party }: { readonly party: string }) {
  const { t } = usePreferences()
  const client = useClient()
  const chains = useOperation(client.identity.chain, 'identity.chain', { party })
  return (
    <Section title={t('standing.title')}>
      <p className="cl-note">{t('standing.why')}</p>
      <Outcome result={chains} rows={2}>{(data) => <ul className="cl-lines">{data.chains.toSorted((one, other) => Number(other.inForce) - Number(one.inForce)).map((chain) => <Chain key={chain.did} chain={chain} />)}</ul>}</Outcome>
    </Section>
  )
}

function Chain({ chain: { links: [own, ...issuers], inForce, granted, did } }: { readonly chain: KeyChain }) {
  const { t, instant } = usePreferences()
  const nameOf = ({ name, party }: { readonly name?: string | undefined, readonly party: string }): string => name ?? party
  return (
    <li className="cl-line">
      <div>
        <span><strong>{t('standing.key')}</strong> <StatusBadge status={inForce ? 'inForce' : 'revoked'} /></span>
        {own !== undefined && <Hash value={own.key} short />}
        {issuers.map((link) => (
          <span key={link.key} className="cl-note">
            {t(link.kind === 'platform' ? 'standing.root' : 'standing.enrolledBy', { name: nameOf(link) })}
            {link.state !== 'in-force' && <> {t(link.state === 'retired' ? 'standing.retired' : 'standing.revoked')}</>}
          </span>
        ))}
        {!inForce && <span className="cl-note">{t('standing.out')}</span>}
        {granted.map((one) => <span key={one.id} className="cl-note">{t('standing.role', { role: t(roleWord(one.role)), organisation: one.organisationName ?? one.organisation, until: instant(one.until, 'patient') })} · {t(grantWords[one.state])}</span>)}
        <span className="cl-note">{t('standing.address')}</span>
        <Hash value={did} short />
      </div>
    </li>
  )
}
