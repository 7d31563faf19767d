import { at, items, text, type Resource } from '../resource.ts'

/** An attachment that a record names. */
export interface Attachment {
  readonly title: string | undefined
  readonly contentType: string | undefined
  readonly url: string | undefined
  readonly sizeBytes: number | undefined
  readonly created: string | undefined
  /** Base64 that stands inside the resource. */
  readonly data: string | undefined
}

/** DocumentReference.content, DiagnosticReport.presentedForm, Media.content, photos, and Binary itself. Source: FHIR R4 Attachment, Binary. */
export function attachmentsOf(resource: Resource): readonly Attachment[] {
  const itself = text(at(resource, 'resourceType')) === 'Binary' ? [resource] : []
  const nodes = [...itself, ...items(at(resource, 'content')).map((content) => at(content, 'attachment') ?? content), ...items(at(resource, 'presentedForm')), ...items(at(resource, 'photo'))]
  return nodes.filter((node) => node.kind === 'object').map((node) => {
    const [size, data] = [text(at(node, 'size')), text(at(node, 'data'))]
    const sizeBytes = size === undefined ? (data === undefined ? undefined : Math.floor((data.length * 3) / 4)) : Number(size)
    return { title: text(at(node, 'title')), contentType: text(at(node, 'contentType')), url: text(at(node, 'url')), sizeBytes, created: text(at(node, 'creation')), data }
  })
}

/** Entry id of an attachment kept here: `urn:uuid:<id>` or `Binary/<id>`. `undefined`: it is somewhere else, or inside the record. */
export function storedAttachment({ url }: Pick<Attachment, 'url'>): string | undefined {
  return /^(?:urn:uuid:|Binary\/)([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(url ?? '')?.[1]
}

/** How a browser may show it without anything in it running; `undefined`: it is only saved. */
export function viewOf(contentType: string | undefined): 'image' | 'pdf' | 'text' | undefined {
  const essence = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (['image/png', 'image/jpeg', 'image/gif', 'image/webp'].includes(essence)) return 'image'
  return essence === 'application/pdf' ? 'pdf' : essence === 'text/plain' ? 'text' : undefined
}
