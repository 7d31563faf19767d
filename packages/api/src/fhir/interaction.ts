import { FhirRefusal } from './outcome.ts'

/** What a request asks for, by method and path under the base (R4 http, "Summary"). */
export type Interaction =
  | { readonly kind: 'capabilities' }
  | { readonly kind: 'smart-configuration' }
  | { readonly kind: 'bundle' }
  | { readonly kind: 'page'; readonly page: string }
  | { readonly kind: 'search'; readonly type: string; readonly byPost: boolean; readonly compartment?: string | undefined }
  | { readonly kind: 'create'; readonly type: string }
  | { readonly kind: 'read'; readonly type: string; readonly id: string; readonly version?: string | undefined }
  /** Without an id: the one that the query finds. */
  | { readonly kind: 'update'; readonly type: string; readonly id?: string | undefined }
  | { readonly kind: 'patch'; readonly type: string; readonly id?: string | undefined }
  /** Of what is not kept in records. */
  | { readonly kind: 'delete'; readonly type: string; readonly id: string }
  /** `$status` of a Subscription. */
  | { readonly kind: 'status'; readonly type: string; readonly id: string }
  | { readonly kind: 'validate'; readonly type: string }
  | { readonly kind: 'history'; readonly type: string; readonly id?: string | undefined }
  /** `byPost`: what is asked for stands in a Parameters resource. */
  | { readonly kind: 'everything'; readonly id: string; readonly byPost?: boolean | undefined }

const typePattern = /^[A-Z][A-Za-z]{1,63}$/
const idPattern = /^[A-Za-z0-9.-]{1,64}$/

/**
 * @param path behind the base, without query, for example `/Observation/1`
 * Errors: FhirRefusal 404 for an address that means nothing here, 405 for a method that it does not take.
 */
export function interactionOf(method: string, path: string, query: URLSearchParams): Interaction {
  const get = method === 'GET' || method === 'HEAD'
  const steps = path.split('/').filter((step) => step !== '')
  const [first, second, third, fourth] = steps
  if (first === undefined) {
    const page = query.get('_page')
    if (get && page !== null) return { kind: 'page', page }
    return method === 'POST' ? { kind: 'bundle' } : refused(['POST'])
  }
  if (path === '/metadata') return get ? { kind: 'capabilities' } : refused(['GET'])
  if (path === '/.well-known/smart-configuration') return get ? { kind: 'smart-configuration' } : refused(['GET'])
  if (!typePattern.test(first) || steps.length > 4) throw nothing()
  const type = first
  if (second === undefined) {
    if (get) return { kind: 'search', type, byPost: false }
    if (method === 'POST') return { kind: 'create', type }
    if (method === 'PUT') return { kind: 'update', type }
    if (method === 'PATCH') return { kind: 'patch', type }
    return refused(['GET', 'POST', 'PUT', 'PATCH'])
  }
  if (second === '_search' && third === undefined) return method === 'POST' ? { kind: 'search', type, byPost: true } : refused(['POST'])
  if (second === '$validate' && third === undefined) return method === 'POST' ? { kind: 'validate', type } : refused(['POST'])
  if (second === '_history' && third === undefined) return get ? { kind: 'history', type } : refused(['GET'])
  if (!idPattern.test(second)) throw nothing()
  const id = second
  if (third === undefined) {
    if (get) return { kind: 'read', type, id }
    if (method === 'PUT') return { kind: 'update', type, id }
    if (method === 'PATCH') return { kind: 'patch', type, id }
    if (method === 'DELETE' && type === 'Subscription') return { kind: 'delete', type, id }
    return refused(['GET', 'PUT', 'PATCH'])
  }
  if (method === 'POST' && type === 'Patient' && third === '$everything' && fourth === undefined) return { kind: 'everything', id, byPost: true }
  if (method === 'POST' && type === 'Patient' && typePattern.test(third) && fourth === '_search') return { kind: 'search', type: third, byPost: true, compartment: id }
  if (!get) return refused(['GET'])
  if (third === '_history' && fourth === undefined) return { kind: 'history', type, id }
  if (third === '_history' && fourth !== undefined && idPattern.test(fourth)) return { kind: 'read', type, id, version: fourth }
  if (type === 'Subscription' && third === '$status' && fourth === undefined) return { kind: 'status', type, id }
  if (type === 'Patient' && third === '$everything' && fourth === undefined) return { kind: 'everything', id }
  if (type === 'Patient' && typePattern.test(third) && fourth === undefined) return { kind: 'search', type: third, byPost: false, compartment: id }
  throw nothing()
}

function refused(methods: readonly string[]): never {
  throw new FhirRefusal(405, 'not-supported', `This address takes ${methods.join(', ')}. Records are amended and never deleted: what was written by mistake gets a version that says so (status or verificationStatus entered-in-error, by PUT or PATCH), and stays readable as what it was. Erasing a person is the custodian's, not a client's.`, { allow: methods.join(', ') })
}

function nothing(): FhirRefusal {
  return new FhirRefusal(404, 'not-found', 'There is nothing at this address.')
}
