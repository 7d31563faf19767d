import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

export interface ChaincodePackage {
  readonly bytes: Uint8Array
  /** `label:sha256`, as the peers compute it. */
  readonly id: string
}

/** A package for chaincode as a service: it holds only where the service listens. The same input gives the same id. */
export function createChaincodePackage({ label, address, rootCertificate }: { readonly label: string; readonly address: string; readonly rootCertificate: string }): ChaincodePackage {
  const connection = { address, dial_timeout: '10s', tls_required: true, root_cert: rootCertificate }
  const bytes = archive({
    'metadata.json': JSON.stringify({ type: 'ccaas', label }),
    'code.tar.gz': archive({ 'connection.json': JSON.stringify(connection) }),
  })
  return { bytes, id: `${label}:${createHash('sha256').update(bytes).digest('hex')}` }
}

/** The peers' external builder for such packages: `detect`, `build` and `release`, each a few lines of shell. */
export function writeExternalBuilder(folder: string): void {
  const scripts = {
    detect: 'grep -q \'"ccaas"\' "$2/metadata.json"',
    build: 'cp "$1/connection.json" "$3/"',
    release: 'mkdir -p "$2/chaincode/server" && cp "$1/connection.json" "$2/chaincode/server/"',
  }
  mkdirSync(join(folder, 'bin'), { recursive: true })
  for (const [name, line] of Object.entries(scripts)) {
    const path = join(folder, 'bin', name)
    writeFileSync(path, `#!/bin/sh\n${line}\n`)
    chmodSync(path, 0o755)
  }
}

/** A gzipped tar (POSIX ustar) of regular files without owner and time. */
function archive(files: Readonly<Record<string, string | Uint8Array>>): Uint8Array {
  const parts = Object.entries(files).flatMap(([name, content]) => {
    const bytes = Buffer.from(content)
    return [tarHeader(name, bytes.length), bytes, Buffer.alloc(-bytes.length & 511)]
  })
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(1_024)]))
}

function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(512)
  const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, '0')}\0`
  header.write(name, 0)
  header.write(octal(0o644, 8), 100)
  header.write(octal(0, 8), 108)
  header.write(octal(0, 8), 116)
  header.write(octal(size, 12), 124)
  header.write(octal(0, 12), 136)
  header.write(' '.repeat(8), 148)
  header.write('0', 156)
  header.write('ustar\x0000', 257)
  header.write(octal(header.reduce((sum, byte) => sum + byte, 0), 7), 148)
  return header
}
