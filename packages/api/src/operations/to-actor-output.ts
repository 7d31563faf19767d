import type { z } from 'zod'
import type { Actor } from '@careledger/identity'
import type { actor as actorShape } from '../contracts/shapes.ts'

type ActorOutput = z.input<typeof actorShape>

/** Who acts, as every operation that says so tells it. */
export function toActorOutput(actor: Actor): ActorOutput {
  const { party, kind, displayName, organisation, organisationName, roles, key, credential, means } = actor
  return {
    party, kind, displayName, key, credential,
    // A role that a network of a later release grants is unknown to this contract; the parse of the output says so.
    roles: [...roles] as ActorOutput['roles'],
    ...(organisation === undefined ? {} : { organisation }),
    ...(organisationName === undefined ? {} : { organisationName }),
    ...(means === undefined ? {} : { means }),
  }
}
