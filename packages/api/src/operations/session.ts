import type { z } from 'zod'
import type { Actor } from '@careledger/identity'
import { actsAs } from '../audit-trail.ts'
import { contracts } from '../contracts/index.ts'
import { Problem } from '../contracts/problem.ts'
import type { actor as actorShape } from '../contracts/shapes.ts'
import { implement, signedIn } from '../operation.ts'
import type { OperationsOf } from '../operation.ts'

/** Sign-in, sign-out, and who the caller is. */
export const sessionOperations = {
  challenge: implement(contracts.session.challenge, async ({ auth, now }, { key }) => {
    const { challenge, expires } = await auth.challenge(key, now)
    return { challenge, expires: expires.toISOString() }
  }),
  start: implement(contracts.session.start, async ({ auth, now, possession }, { challenge, jws, scope }) => {
    const { token, expires, actor } = await auth.start({ challenge, jws, possession, scope, now })
    actsAs(actor)
    return { token, expires: expires.toISOString(), actor: toActorOutput(actor) }
  }),
  me: implement(contracts.session.me, async (context) => toActorOutput(signedIn(context))),
  end: implement(contracts.session.end, async ({ auth, session }) => {
    if (session === undefined) throw new Problem('NOT_SIGNED_IN', 'There is no session to end.')
    await auth.end(session)
    return {}
  }),
} satisfies OperationsOf<typeof contracts.session>

type ActorOutput = z.input<typeof actorShape>

function toActorOutput(actor: Actor): ActorOutput {
  const { party, kind, displayName, organisation, organisationName, roles, key, credential } = actor
  return {
    party, kind, displayName, key, credential,
    // A role that a network of a later release grants is unknown to this contract; the parse of the output says so.
    roles: [...roles] as ActorOutput['roles'],
    ...(organisation === undefined ? {} : { organisation }),
    ...(organisationName === undefined ? {} : { organisationName }),
  }
}
