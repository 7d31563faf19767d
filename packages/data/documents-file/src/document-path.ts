import { join } from 'node:path'
import { checkDocumentId } from '@careledger/data-kit'

/**
 * Where a document stands: two folders by the first eight characters of its id (for UUIDv7 one folder a minute), then the id. Each name
 * begins with `x`, so none is empty, hidden or a device name. Folders and files sort as the ids do: `list` walks only what it gives.
 * An id is never joined into a path before it has been checked. [document-5]
 */
export function documentPath(directory: string, id: string): { readonly outer: string; readonly inner: string; readonly file: string } {
  checkDocumentId(id)
  const [outerName, innerName] = folderNames(id)
  const outer = join(directory, outerName)
  const inner = join(outer, innerName)
  return { outer, inner, file: join(inner, `x${id}`) }
}

/** Names of the folders of an id, outermost first. */
export function folderNames(id: string): readonly [outer: string, inner: string] {
  return [`x${id.slice(0, 4)}`, `x${id.slice(4, 8)}`]
}

/** The id only; `undefined` for a file that is not a document. */
export function idOfFile(name: string): string | undefined {
  return /^x[a-z0-9][a-z0-9_-]{0,127}$/.test(name) ? name.slice(1) : undefined
}
