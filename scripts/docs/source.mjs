// What sources say in their docstrings, and how types are written, read from the syntax tree.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

/**
 * The declarations of one file by name, as `{ name, doc, node }`, those of `const` objects
 * included.
 */
export function declarations(root, path) {
  const file = ts.createSourceFile(
    path,
    readFileSync(join(root, path), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  )
  const named = new Map()
  for (const statement of file.statements) {
    const declared = ts.isVariableStatement(statement)
      ? statement.declarationList.declarations
      : [statement]
    for (const node of declared)
      if (node.name)
        named.set(`${ts.isVariableDeclaration(node) ? 'const ' : ''}${node.name.text}`, {
          name: node.name.text,
          doc: docOf(statement),
          node,
        })
  }
  return (name) => named.get(name) ?? fail(`${path} declares no ${name}`)
}

/** The fields of an interface, as `{ name, optional, type, doc }`. */
export function fieldsOf({ node }) {
  return node.members.filter(ts.isPropertySignature).map((member) => ({
    name: member.name.text,
    optional: Boolean(member.questionToken),
    type: typeText(member.type),
    doc: docOf(member),
  }))
}

/** The alternatives of a union, as text. */
export function alternativesOf({ node }) {
  return node.type.types.map(typeText)
}

/**
 * Docstrings of the fields of a schema, by name: those of the first object literal in what is
 * declared.
 */
export function schemaDocs({ node }) {
  const object = find(node.initializer, ts.isObjectLiteralExpression) ?? fail('no schema here')
  return Object.fromEntries(
    object.properties
      .filter(ts.isPropertyAssignment)
      .map((property) => [property.name.text, docOf(property)]),
  )
}

/** As one line, with what says nothing to a reader left out. */
function typeText(type) {
  return type
    .getText()
    .replaceAll(/\/\*\*[^]*?\*\//g, '')
    .replaceAll(/readonly /g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

function docOf(node) {
  const comments = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc)
  return (ts.getTextOfJSDocComment(comments.at(-1)?.comment) ?? '')
    .replaceAll(/\s*\n\s*(?!\|)/g, ' ')
    .trim()
}

function find(node, matches) {
  return matches(node) ? node : ts.forEachChild(node, (child) => find(child, matches))
}

/** A Markdown table; what stands in a cell cannot end it. */
export function table(head, rows) {
  const line = (cells) =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}

export function code(text) {
  return `\`${text}\``
}

export function fail(message) {
  throw new Error(message)
}
