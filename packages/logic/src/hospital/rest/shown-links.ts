import type { Actor } from '@careledger/identity'
import { nodeValue, readJson, utf8 } from '@careledger/proof'
import type { Purpose } from '../../consent/consent-terms.ts'
import { isLogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { takeOutLinks } from './patient-links.ts'
import { readResource } from './read-records.ts'

/**
 * A Patient as it is to be kept: without the links that a reading showed and the client sends back (they are the custodian's decision, and no
 * author's). Which they are is read as the caller: who sends links reads, and of a merge nobody learns by being refused. Other resources, and one that
 * nobody may read here, come back as they are.
 */
export async function withoutShownLinks(parts: Parts, actor: Actor, { type, id, resource, purpose }: { readonly type: string; readonly id?: string | undefined; readonly resource: string; readonly purpose: Purpose }): Promise<string> {
  const own = type !== 'Patient' || !resource.includes('"link"') ? undefined : (id ?? idOf(resource))
  if (own === undefined) return resource
  try {
    const { links = [] } = await readResource(parts, actor, { type, id: own, purpose, summary: 'false' })
    return takeOutLinks(resource, links)
  } catch (error) {
    if (isLogicError(error, 'NOT_ALLOWED') || isLogicError(error, 'ENTRY_CONFLICT')) return resource
    throw error
  }
}

/** `undefined`: it has none, or is no JSON, which is somebody else's to say. */
function idOf(resource: string): string | undefined {
  try {
    const { id } = nodeValue(readJson(utf8(resource))) as { readonly id?: unknown }
    return typeof id === 'string' ? id : undefined
  } catch {
    return undefined
  }
}
