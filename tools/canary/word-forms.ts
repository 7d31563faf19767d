/** The ways in which a word may stand in bytes: as text, UTF-16, hex, and base64 in each of its three places. */
export function wordForms(word: string): readonly Buffer[] {
  const hex = Buffer.from(word).toString('hex')
  const base64 = [0, 1, 2].flatMap((place) => {
    const text = Buffer.concat([Buffer.alloc(place), Buffer.from(word)]).toString('base64').replaceAll('=', '')
    // What its neighbours have a share in, is cut off.
    const inner = text.slice(Math.ceil((place * 8) / 6), text.length - ((place + Buffer.byteLength(word)) % 3 === 0 ? 0 : 1))
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')]
  })
  return [word, hex, hex.toUpperCase(), ...new Set(base64)].map((text) => Buffer.from(text)).concat(Buffer.from(word, 'utf16le'))
}
