import { z } from 'zod'
import { loadDefinitions } from '../../fhir/definitions.ts'
import { validateResource } from '../../fhir/validate-resource.ts'
import { LogicError } from '../../logic-error.ts'
import type { FhirWish } from '../subscription-rows.ts'

const CONTENT = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content'
const FHIR_JSON: readonly string[] = ['application/fhir+json', 'application/json']
/** Headers that a Subscription may not set: what the request itself needs, and ours. */
const ownHeaders = /^(?:host|content-.*|transfer-encoding|connection|te|trailer|upgrade|expect|cookie|careledger-.*)$/i

const extension = z.array(z.looseObject({ url: z.string(), valueCode: z.string().optional() })).optional()
const shape = z.looseObject({
  resourceType: z.literal('Subscription'),
  status: z.enum(['requested', 'active', 'error', 'off']),
  reason: z.string().max(1024),
  criteria: z.string().max(2048),
  end: z.string().optional(),
  channel: z.looseObject({ type: z.string(), endpoint: z.string().max(512).optional(), payload: z.string().optional(), _payload: z.looseObject({ extension }).optional(), header: z.array(z.string().max(2048)).max(4).optional() }),
})

export interface SubscriptionWish extends Pick<FhirWish, 'criteria' | 'content' | 'headers' | 'end' | 'resource'> {
  readonly endpoint: string
  readonly status: 'requested' | 'active' | 'error' | 'off'
}

/** What a Subscription resource asks for. Errors: INPUT_MALFORMED, FHIR_INVALID; FHIR_INVALID with `problems` for what is not done here. */
export async function readSubscriptionResource(text: string): Promise<SubscriptionWish> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new LogicError('INPUT_MALFORMED', 'The Subscription is not JSON.', { cause })
  }
  const { problems } = validateResource(await loadDefinitions(), value, 'Subscription')
  if (problems.length > 0) throw new LogicError('FHIR_INVALID', 'The resource is not valid FHIR R4.', { details: { problems } })
  const parsed = shape.safeParse(value)
  if (!parsed.success) throw refused(`Subscription.${parsed.error.issues[0]?.path.join('.') ?? ''}`, 'This cannot be asked here.')
  const { id: _id, status, meta: _meta, error: _error, ...kept } = parsed.data
  const { channel, criteria, end } = parsed.data
  if (channel.type !== 'rest-hook') throw refused('Subscription.channel.type', 'Notifications go by rest-hook. Who stays connected follows the live events.')
  if (channel.endpoint === undefined) throw refused('Subscription.channel.endpoint', 'A rest-hook has an endpoint.')
  const headers = (channel.header ?? []).map((line): readonly [string, string] => {
    const [, name, header] = /^([A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}):[ \t]*([\x21-\x7e][\x20-\x7e]*)$/.exec(line) ?? []
    if (name === undefined || header === undefined || ownHeaders.test(name)) throw refused('Subscription.channel.header', 'A header is written Name: value, and is none that the request itself needs.')
    return [name.toLowerCase(), header]
  })
  return { status, criteria, endpoint: channel.endpoint, headers, content: contentOf(channel), ...(end === undefined ? {} : { end }), resource: JSON.stringify(kept) }
}

function contentOf({ payload, _payload }: z.output<typeof shape>['channel']): FhirWish['content'] {
  const asked = _payload?.extension?.find(({ url }) => url === CONTENT)?.valueCode
  if (payload === undefined && asked === undefined) return 'none'
  if (payload !== undefined && !FHIR_JSON.includes(payload)) throw refused('Subscription.channel.payload', 'The only form is application/fhir+json.')
  if (asked === 'empty' || asked === 'id-only') return asked
  throw refused('Subscription.channel.payload', `Resources are not sent; they are read under a right of their own. Leave the payload out, or say by the extension ${CONTENT} that it is empty or id-only.`)
}

function refused(path: string, message: string): LogicError {
  return new LogicError('FHIR_INVALID', message, { details: { problems: [{ path, code: 'value', message }] } })
}
