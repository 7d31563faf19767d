/**
 * What becomes of a stored checkpoint note when another of the same size comes: `replace` when the new one has every signature line
 * of the stored one, `keep` when it lacks one (no signature is lost), `corruption` when the bodies differ. [checkpoint-1], [checkpoint-2]
 */
export function newerNote(stored: string, offered: string): 'replace' | 'keep' | 'corruption' {
  const before = split(stored)
  const after = split(offered)
  if (before.body !== after.body) return 'corruption'
  const lines = new Set(after.signatures)
  return before.signatures.every((line) => lines.has(line)) ? 'replace' : 'keep'
}

/** C2SP signed note: text, an empty line, signature lines. */
function split(note: string): { readonly body: string; readonly signatures: readonly string[] } {
  const end = note.lastIndexOf('\n\n')
  if (end === -1) return { body: note, signatures: [] }
  return { body: note.slice(0, end + 1), signatures: note.slice(end + 2).split('\n').filter((line) => line !== '') }
}
