import { join } from 'node:path'
import ts from 'typescript'

const options: ts.CompilerOptions = {
  noEmit: true, strict: true, target: ts.ScriptTarget.ES2024, module: ts.ModuleKind.NodeNext,
  lib: ['lib.es2024.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'], jsx: ts.JsxEmit.ReactJSX, types: ['node'],
}

/**
 * Type-checks a folder as `tsc` would in it, one folder after the other; each file is read once for all of them. Gives the errors in the
 * file and in the declarations below `ours`, a line each; others' declarations are not ours to mend.
 */
export function createTypesCheck(): (folder: string, file: string, ours: string) => readonly string[] {
  const host = ts.createCompilerHost(options)
  const read = host.getSourceFile
  const known = new Map<string, ts.SourceFile | undefined>()
  host.getSourceFile = (name, ...rest) => {
    const file = known.get(name) ?? read(name, ...rest)
    known.set(name, file)
    return file
  }
  return (folder, file, ours) => {
    const program = ts.createProgram([join(folder, file)], options, { ...host, getCurrentDirectory: () => folder })
    const looked = program.getSourceFiles().filter(({ fileName }) => fileName === join(folder, file) || fileName.startsWith(`${ours}/`))
    const found = [...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics(), ...looked.flatMap((source) => [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)])]
    return found.map((diagnostic) => ts.formatDiagnostic(diagnostic, { getCanonicalFileName: (name) => name, getCurrentDirectory: () => folder, getNewLine: () => '' }))
  }
}
