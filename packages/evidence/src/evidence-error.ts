/** The evidence is malformed, or shows something else than the anchor says. The message holds nothing of the evidence. */
export class EvidenceError extends Error {
  override readonly name = 'EvidenceError'
}
