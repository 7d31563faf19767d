import { readFileSync } from 'node:fs'
import { bindMigrationAwareSqlAdapterFactory, type SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg'
import { readSchema } from './migrations.ts'

/**
 * Prisma's schema engine from its npm package: the same engine as WebAssembly, so nothing is downloaded. Its loader for Node expects a
 * bundler; this is what it would do.
 */
export async function createSchemaEngine(factory: SqlMigrationAwareDriverAdapterFactory): Promise<bindings.SchemaEngine> {
  instantiate()
  return bindings.SchemaEngine.new({ datamodels: [['schema.prisma', readSchema()]] }, () => undefined, bindMigrationAwareSqlAdapterFactory(factory))
}

let instantiated = false

function instantiate(): void {
  if (instantiated) return
  const wasm = readFileSync(new URL('schema_engine_bg.wasm', import.meta.resolve('@prisma/schema-engine-wasm')))
  const { exports } = new webAssembly.Instance(new webAssembly.Module(wasm), { './schema_engine_bg.js': { ...bindings, ...quietTimers() } })
  const { __wbg_set_wasm: setWasm } = bindings as unknown as { __wbg_set_wasm(exports: WasmExports): void }
  setWasm(exports)
  exports.__wbindgen_start?.()
  instantiated = true
}

/** The engine leaves a timer of ten seconds behind (its wait for Prisma's lock); it must not keep the process alive. */
function quietTimers(): Readonly<Record<string, (call: () => void, delayMs: number) => NodeJS.Timeout>> {
  const name = Object.keys(bindings).find((key) => key.startsWith('__wbg_setTimeout_'))
  return name === undefined ? {} : { [name]: (call, delayMs) => setTimeout(call, delayMs >>> 0).unref() }
}

interface WasmExports { readonly __wbindgen_start?: () => void }

/** The part of the global that is used; its types come only with those of the browser. */
const { WebAssembly: webAssembly } = globalThis as unknown as {
  readonly WebAssembly: {
    readonly Module: new (bytes: Uint8Array) => object
    readonly Instance: new (module: object, imports: Readonly<Record<string, object>>) => { readonly exports: WasmExports }
  }
}
