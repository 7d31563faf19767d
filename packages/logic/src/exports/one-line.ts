/** JSON's insignificant white space (RFC 8259 §2). */
const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/**
 * The same JSON on one line: white space between tokens is left out, and nothing else is touched, so that 1.10 stays 1.10, members keep their
 * order and texts their escapes. `json`: valid JSON in UTF-8.
 */
export function oneLine(json: Uint8Array): Uint8Array {
  const line = new Uint8Array(json.length)
  let length = 0
  let inText = false
  for (let at = 0; at < json.length; at++) {
    const byte = json[at] as number
    if (inText) {
      line[length++] = byte
      if (byte === 0x5c) line[length++] = json[++at] as number
      else if (byte === 0x22) inText = false
    } else if (!isSpace(byte)) {
      line[length++] = byte
      inText = byte === 0x22
    }
  }
  return line.subarray(0, length)
}
