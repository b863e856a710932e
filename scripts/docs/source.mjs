// Reads docstrings and types from the syntax tree of a source.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

/** Finds the declarations of a file by name, as `{ name, doc, node }`; `const NAME` for values. */
export function declarations(root, path) {
  const file = ts.createSourceFile(
    path,
    readFileSync(join(root, path), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  )
  const byName = new Map()
  for (const statement of file.statements) {
    const nodes = ts.isVariableStatement(statement)
      ? statement.declarationList.declarations
      : [statement]
    for (const node of nodes)
      if (node.name)
        byName.set(`${ts.isVariableDeclaration(node) ? 'const ' : ''}${node.name.text}`, {
          name: node.name.text,
          doc: docOf(statement),
          node,
        })
  }
  return (name) => byName.get(name) ?? fail(`${path} declares no ${name}`)
}

/** The fields of an interface or of a class, as `{ name, optional, type, doc }`. */
export function fieldsOf({ node }) {
  const isField = (member) =>
    ts.isPropertySignature(member) || (ts.isPropertyDeclaration(member) && member.type)
  return node.members.filter(isField).map((member) => ({
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

/** The docstrings of a schema's fields by name, from the first object literal declared. */
export function schemaDocs({ node }) {
  const object =
    find(node.initializer, ts.isObjectLiteralExpression) ??
    fail('the declaration has no object literal')
  return Object.fromEntries(
    object.properties
      .filter(ts.isPropertyAssignment)
      .map((property) => [property.name.text, docOf(property)]),
  )
}

/** As one line, without docstrings and `readonly`. */
function typeText(type) {
  return (
    type
      .getText()
      .replaceAll(/\/\*\*[^]*?\*\//g, '')
      // Members on lines of their own are written without a separator.
      .replaceAll(/(?<=[^{;|&(,\s])\n\s*(?=[\w ]+\??:)/g, '; ')
      .replaceAll(/readonly /g, '')
      .replaceAll(/\s+/g, ' ')
      .trim()
  )
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
  const escape = (cell) => String(cell).replaceAll('|', '\\|').replaceAll('\n', ' ')
  const line = (cells) => `| ${cells.map(escape).join(' | ')} |`
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}

/** Breaks a paragraph into lines of at most 100 columns. */
export function wrap(text) {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== '' && line.length + 1 + word.length > 100) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.join('\n')
}

export function code(text) {
  return `\`${text}\``
}

export function fail(message) {
  throw new Error(message)
}
