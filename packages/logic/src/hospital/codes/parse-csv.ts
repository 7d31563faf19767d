/** Cells by row (RFC 4180): quoted cells may hold commas, line ends and doubled quotes; a byte order mark is passed over. */
export function parseCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]]
  let cell = ''
  let quoted = false
  const end = (): void => {
    rows.at(-1)?.push(cell)
    cell = ''
  }
  const body = text.replace(/^\uFEFF/, '')
  for (let at = 0; at < body.length; at++) {
    const letter = body[at] as string
    if (quoted) {
      if (letter !== '"') cell += letter
      else if (body[at + 1] === '"') cell += body[at++]
      else quoted = false
    } else if (letter === '"' && cell === '') quoted = true
    else if (letter === ',') end()
    else if (letter === '\n') {
      end()
      rows.push([])
    } else if (letter !== '\r') cell += letter
  }
  end()
  return rows.filter((row) => row.length > 1 || row[0] !== '')
}
