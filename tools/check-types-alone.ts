import { join } from 'node:path'
import ts from 'typescript'

const options: ts.CompilerOptions = {
  noEmit: true, strict: true, target: ts.ScriptTarget.ES2024, module: ts.ModuleKind.NodeNext,
  lib: ['lib.es2024.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'], jsx: ts.JsxEmit.ReactJSX, types: ['node'],
}

/**
 * Type-checks a folder as `tsc` would in it, one folder after the other: what lies outside of `work` is parsed once for all of them.
 * Gives the errors in the file and in our own packages' declarations, a line each; others' declarations are not ours to mend.
 */
export function createTypesCheck(work: string): (folder: string, file: string) => readonly string[] {
  const host = ts.createCompilerHost(options)
  const read = host.getSourceFile
  const shared = new Map<string, ts.SourceFile | undefined>()
  host.getSourceFile = (name, ...rest) => {
    if (name.startsWith(work)) return read(name, ...rest)
    const known = shared.get(name)
    if (known !== undefined) return known
    const file = read(name, ...rest)
    shared.set(name, file)
    return file
  }
  return (folder, file) => {
    const program = ts.createProgram([join(folder, file)], options, { ...host, getCurrentDirectory: () => folder })
    const ours = program.getSourceFiles().filter(({ fileName }) => fileName === join(folder, file) || fileName.includes('/@careledger/'))
    const found = [...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics(), ...ours.flatMap((source) => [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)])]
    return found.map((diagnostic) => ts.formatDiagnostic(diagnostic, { getCanonicalFileName: (name) => name, getCurrentDirectory: () => folder, getNewLine: () => '' }))
  }
}
