import type { z } from 'zod'
import type { Contract } from '../contracts/contract.ts'
import type { fhir } from '../contracts/hospital/fhir.ts'
import type { ServerParts } from '../http/server-parts.ts'
import type { Context } from '../operation.ts'
import type { Interaction } from './interaction.ts'
import type { Preferences } from './negotiate.ts'
import { FhirRefusal } from './outcome.ts'

/** One interaction with what came along, from a request or from an entry of a batch. */
export interface FhirCall {
  readonly interaction: Interaction
  readonly query: readonly (readonly [string, string])[]
  readonly body?: string | undefined
  readonly ifMatch?: readonly string[] | undefined
  readonly ifNoneMatch?: readonly string[] | undefined
  readonly ifNoneExist?: string | undefined
  readonly patient?: string | undefined
  readonly purpose?: string | undefined
  readonly signed?: z.input<typeof fhir.create.input>['signed']
  readonly preferences: Preferences
}

export interface FhirAnswer {
  readonly status: number
  readonly text?: string | undefined
  readonly headers: Readonly<Record<string, string>>
}

export interface FhirServer {
  readonly server: ServerParts
  readonly context: Context
  readonly origin: string
  /** Address of the FHIR base. */
  readonly base: string
  /** The same caller's context for an operation that streams its answer. */
  readonly streaming: (reply: NonNullable<Context['reply']>) => Context
}

/** Calls one operation, which is all that a route does. */
export async function callOperation<C extends Contract>({ server, context }: Pick<FhirServer, 'server' | 'context'>, contract: C, input: unknown): Promise<z.output<C['output']>> {
  const operation = server.operations.get(contract.name)
  if (operation === undefined) throw new FhirRefusal(404, 'not-found', 'There is nothing at this address.')
  return (await server.invoke(operation, context, input)) as z.output<C['output']>
}
