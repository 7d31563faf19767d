import { createLink, listLinks, openLink, readLinkFile, stopLink, updateLink } from '@careledger/logic'
import { fromBase64url, sha256, toBase64url } from '@careledger/proof'
import { hospital } from '../../contracts/hospital/index.ts'
import { Problem } from '../../contracts/problem.ts'
import { implement, signedIn } from '../../operation.ts'
import { toDecision } from './to-answer.ts'

export const links = {
  create: implement(hospital.links.create, async (context, input) => {
    const { value, decision } = await createLink(context.parts, signedIn(context), input)
    return { ...value, decision: toDecision(decision) }
  }),
  update: implement(hospital.links.update, async (context, input) => {
    const { value, decision } = await updateLink(context.parts, signedIn(context), input)
    return { ...value, decision: toDecision(decision) }
  }),
  stop: implement(hospital.links.stop, async (context, input) => {
    const { value, decision } = await stopLink(context.parts, signedIn(context), input)
    return { ...value, decision: toDecision(decision) }
  }),
  list: implement(hospital.links.list, async (context) => ({
    items: (await listLinks(context.parts, signedIn(context))).map((item) => ({ ...item, types: { ...item.types }, uses: [...item.uses] })),
  })),
  open: implement(hospital.links.open, async (context, { id, ...input }) => {
    const link = linkOf(id)
    const { status, files } = await openLink(context.parts, { ...input, link })
    return { status, files: files.map(({ place, ...file }) => ({ ...file, ...(place === undefined ? {} : { place: { link, ...place } }) })) }
  }),
  file: implement(hospital.links.file, async (context, input) => ({ jwe: await readLinkFile(context.parts, input) })),
}

/** What a link's id is kept under. Errors: Problem NOT_ALLOWED for text that can be nobody's id. */
function linkOf(id: string): string {
  try {
    return toBase64url(sha256(fromBase64url(id)))
  } catch (cause) {
    throw new Problem('NOT_ALLOWED', 'This link is no longer shared, or never was.', { cause })
  }
}
