import type { ImportSource } from '@careledger/client'

/** Files from a dialogue, in the order of their paths. */
export function fromFiles(files: readonly File[]): readonly ImportSource[] {
  return files.map((file) => toSource(file.webkitRelativePath === '' ? file.name : file.webkitRelativePath, file)).sort(byName)
}

/** Files of what was dropped, folders with everything below them. */
export async function fromDrop(transfer: DataTransfer): Promise<readonly ImportSource[]> {
  const roots = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null)
  if (roots.length === 0) return fromFiles([...transfer.files])
  const found: ImportSource[] = []
  for (const root of roots) await collect(root, found)
  return found.sort(byName)
}

async function collect(entry: FileSystemEntry, found: ImportSource[]): Promise<void> {
  if (entry.isFile) {
    found.push(toSource(entry.fullPath.replace(/^\//, ''), await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))))
    return
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  // A reader gives at most a hundred at a time.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) return
    for (const one of some) await collect(one, found)
  }
}

const toSource = (name: string, file: File): ImportSource => ({ name, open: async () => new Uint8Array(await file.arrayBuffer()) })
const byName = (a: ImportSource, b: ImportSource): number => (a.name < b.name ? -1 : 1)
