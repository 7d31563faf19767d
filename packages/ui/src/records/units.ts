/** UCUM codes that senders leave in the words of a value, as people write them. Source: https://ucum.org/ucum. */
const written: readonly (readonly [string, string])[] = [['mm[Hg]', 'mmHg'], ['[lb_av]', 'lb'], ['[in_i]', 'in'], ['[degF]', '°F'], ['10*3/uL', '10³/µL'], ['10*6/uL', '10⁶/µL'], ['{score}', ''], ['{#}', '']]

/** The words of a record with such codes written out; digits stay as they are. The source shows the exact bytes. */
export function withUnits(words: string): string {
  return written.reduce((text, [code, unit]) => text.replaceAll(code, unit), words).trim()
}
