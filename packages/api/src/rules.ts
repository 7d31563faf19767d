import type { Actor } from '@careledger/identity'
import { Problem } from './contracts/problem.ts'
import type { Contract, Rule } from './contracts/contract.ts'
import { PROBLEM_SENTENCE } from './problem-codes.ts'

/** Who may call at all, by rule. An object that a call names is decided afterwards, by logic's `authorize`. */
export const RULES: Readonly<Record<Exclude<Rule, 'public'>, (actor: Actor) => boolean>> = {
  'signed-in': () => true,
  permit: () => true,
  self: (actor) => actor.roles.includes('patient'),
  staff: (actor) => actor.organisation !== undefined && hasOne(actor, ['doctor', 'records-clerk', 'system']),
  doctor: (actor) => actor.organisation !== undefined && hasOne(actor, ['doctor']),
  'organisation-admin': (actor) => hasOne(actor, ['admin', 'platform']),
  reviewer: (actor) => hasOne(actor, ['privacy-officer', 'admin']),
  operator: (actor) => hasOne(actor, ['operator', 'platform']),
}

function hasOne(actor: Actor, roles: readonly string[]): boolean {
  return actor.roles.some((role) => roles.includes(role))
}

/** Errors: Problem NOT_SIGNED_IN without an actor, NOT_ALLOWED where the actor's roles do not reach. */
export function checkRule(contract: Contract, actor: Actor | undefined): void {
  if (contract.rule === 'public') return
  if (actor === undefined) throw new Problem('NOT_SIGNED_IN', PROBLEM_SENTENCE.NOT_SIGNED_IN)
  // What does not hold each resource against the scopes is closed to a narrowed token.
  if (actor.scopes !== undefined && contract.scoped !== true) throw new Problem('NOT_ALLOWED', PROBLEM_SENTENCE.NOT_ALLOWED)
  // An account is not a key: it reads, and whatever would have to be signed or changed asks for the key.
  if (actor.means === 'account' && contract.kind === 'command' && contract.byAccount !== true) throw new Problem('NOT_ALLOWED', PROBLEM_SENTENCE.NOT_ALLOWED, { details: { check: 'key' } })
  if (!RULES[contract.rule](actor)) throw new Problem('NOT_ALLOWED', PROBLEM_SENTENCE.NOT_ALLOWED)
}
