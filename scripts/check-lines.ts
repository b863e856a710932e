// Lists lines over 100 columns and British spellings, and fails where there are any. A folder can
// be named in place of this repository.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

interface Finding {
  readonly path: string
  readonly line: number
  readonly fault: string
}

const columns = 100
const checkedFiles = /\.(ts|mjs|cjs|md|yml)$/
/** Not written here: installed, built, generated, fetched, or data. */
const ignoredFolders = /^(node_modules|dist|\.git|\.cache|\.snippets|fixtures|api|models|training)$/
const ignoredFiles = /^(pnpm-lock\.yaml|CHANGELOG\.md|check-lines\.ts)$/
/** Each with its American form in mind: `behavior`, `quantize`, `license`, `center`, `analyze`. */
const britishWords = new RegExp(
  [
    String.raw`\w*(?:behaviou|colou|favou|honou|neighbou|labou|flavou)r\w*`,
    String.raw`(?:de|un|re)?(?:quant|token|recogn|normal|initial|serial|optim|organ|summar|minim)` +
      String.raw`is(?:e[ds]?|ing|ers?|ations?|able)\b`,
    String.raw`(?:maxim|custom|real|util|special|general|synchron|steril|penal|prior|vector)` +
      String.raw`is(?:e[ds]?|ing|ers?|ations?|able)\b`,
    String.raw`analys(?:e[ds]?|ing)\b`,
    String.raw`licences?\b`,
    String.raw`centr(?:e[ds]?)\b`,
    String.raw`defences?\b`,
    String.raw`grey\b`,
  ]
    .map((word) => String.raw`(?<![a-z])${word}`)
    .join('|'),
  'gi',
)

const root = process.argv[2] ?? dirname(import.meta.dirname)
const findings = listFiles(root).flatMap((path) => checkFile(path))
for (const { path, line, fault } of findings)
  process.stdout.write(`${relative(root, path)}:${line}: ${fault}\n`)
if (findings.length > 0) process.exitCode = 1

function listFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return ignoredFolders.test(entry.name) ? [] : listFiles(path)
    return checkedFiles.test(entry.name) && !ignoredFiles.test(entry.name) ? [path] : []
  })
}

function checkFile(path: string): readonly Finding[] {
  const lines = readFileSync(path, 'utf8').split(/\r?\n/)
  const wrappable = path.endsWith('.md') ? keepWrappableProse(lines) : lines.map(dropLoneLink)
  return lines.flatMap((text, index) => [
    ...[...text.matchAll(britishWords)].map(([word]) => ({
      path,
      line: index + 1,
      fault: `"${word}" is British spelling`,
    })),
    ...(countColumns(wrappable[index] ?? '') > columns
      ? [{ path, line: index + 1, fault: `${countColumns(text)} columns` }]
      : []),
  ])
}

/** What a writer can wrap: no code blocks, no tables, and links without their targets. */
function keepWrappableProse(lines: readonly string[]): readonly string[] {
  let fence: string | undefined
  return lines.map((line) => {
    const mark = /^\s*(```+|~~~+)/.exec(line)?.[1]
    if (mark !== undefined) fence = fence === undefined ? mark : undefined
    if (mark !== undefined || fence !== undefined || /^\s*\|/.test(line)) return ''
    return line.replaceAll(/\]\([^)]*\)/g, '](…)').replaceAll(/https?:\/\/\S+/g, '')
  })
}

/** A comment that is nothing but a link cannot be broken. */
function dropLoneLink(line: string): string {
  return /^\s*(\/\/|\*|\/\*\*|#)\s*(@see )?https?:\/\/\S+( \*\/)?$/.test(line) ? '' : line
}

function countColumns(text: string): number {
  return [...text].length
}
