import { readFileSync } from 'node:fs'
import ts from 'typescript'

/** The names that a file exports, types included. Throws for `export *`, which names nothing. */
export function listExportedNames(path: string): readonly string[] {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest)
  return file.statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) return listNames(statement, path)
    const isExported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
    if (!isExported) return []
    return ts.isVariableStatement(statement)
      ? statement.declarationList.declarations.map(({ name }) => name.getText(file))
      : [(statement as ts.DeclarationStatement).name?.getText(file) ?? 'default']
  })
}

function listNames({ exportClause }: ts.ExportDeclaration, path: string): readonly string[] {
  if (!exportClause) throw new Error(`${path} exports *: name what it exports`)
  return ts.isNamedExports(exportClause)
    ? exportClause.elements.map(({ name }) => name.text)
    : [exportClause.name.text]
}
