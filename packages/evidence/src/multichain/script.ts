import { equalBytes, utf8 } from '@careledger/proof'
import { EvidenceError } from '../evidence-error.ts'
import { createByteReader, type ByteReader } from './byte-reader.ts'

const PUSHDATA1 = 0x4c
const PUSHDATA4 = 0x4e
const OP_RETURN = 0x6a
const OP_DROP = 0x75

/** `elements` stand each behind a push and before OP_DROP; `data` is pushed behind OP_RETURN, or absent. */
export interface MetadataScript {
  readonly elements: readonly Uint8Array[]
  readonly data: Uint8Array | undefined
}

/** Reads an output script that carries data of MultiChain and nothing else (protocol/multichainscript.cpp, `SetScript`). */
export function readMetadataScript(script: Uint8Array): MetadataScript {
  const reader = createByteReader(script)
  const elements: Uint8Array[] = []
  for (;;) {
    const code = reader.number(1)
    if (code === OP_RETURN) break
    elements.push(readPush(code, reader))
    if (reader.number(1) !== OP_DROP) throw new EvidenceError('The output is not an item of a stream.')
  }
  if (reader.done) return { elements, data: undefined }
  const data = readPush(reader.number(1), reader)
  reader.end()
  return { elements, data }
}

/** All pushes of a script that has nothing else, such as an input's. */
export function readPushes(script: Uint8Array): readonly Uint8Array[] {
  const reader = createByteReader(script)
  const pushes: Uint8Array[] = []
  while (!reader.done) pushes.push(readPush(reader.number(1), reader))
  return pushes
}

/** What follows `spk` and `kind` in an element of MultiChain; `undefined` for another element. */
export function afterPrefix(element: Uint8Array | undefined, kind: string): Uint8Array | undefined {
  const prefix = utf8(`spk${kind}`)
  return element !== undefined && equalBytes(element.subarray(0, prefix.length), prefix) ? element.subarray(prefix.length) : undefined
}

function readPush(code: number, reader: ByteReader): Uint8Array {
  if (code > PUSHDATA4) throw new EvidenceError('The script has a part that is not data.')
  return reader.bytes(code < PUSHDATA1 ? code : reader.number(2 ** (code - PUSHDATA1)))
}
