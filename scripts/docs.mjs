// Writes docs/contract.md and docs/capabilities.md, the picture and the rules in
// docs/architecture.md, and the tables in docs/models.md, from the code they are about. The table
// of published templates stays as it is where the test data is absent. With --check, writes nothing
// and fails when a page is not what would be written. A folder of docs can be named:
// node scripts/docs.mjs --check FOLDER.
import { readFileSync, writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const isChecking = process.argv.includes('--check')
const folder = resolve(
  process.argv.slice(2).find((argument) => !argument.startsWith('--')) ?? join(root, 'docs'),
)

// Packages are read from their sources, so that a page is never about an old build.
registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier, { ...context, conditions: ['@nano/source', ...context.conditions] }),
})

const { contractPage } = await import('./docs/contract.mjs')
const { capabilitiesPage } = await import('./docs/capabilities.mjs')
const { packagePicture, ruleTable } = await import('./docs/import-map.mjs')
const { publishedTable, syntaxTable } = await import('./docs/models.mjs')

const pages = {
  'contract.md': async () => contractPage(root),
  'capabilities.md': async () => capabilitiesPage(root),
  'architecture.md': async (page) =>
    fillMarks(fillMarks(page, 'packages', packagePicture(root)), 'rules', ruleTable(root)),
  'models.md': async (page) => {
    const withSyntaxes = fillMarks(page, 'syntaxes', await syntaxTable(root))
    const publishedRows = await publishedTable(root)
    return publishedRows ? fillMarks(withSyntaxes, 'published', publishedRows) : withSyntaxes
  },
}

for (const [name, write] of Object.entries(pages)) {
  const path = join(folder, name)
  const oldPage = readPage(path)
  const newPage = await write(oldPage)
  if (newPage === oldPage) continue
  const advice = 'not what the code says; run npm run docs and read the diff'
  process.stdout.write(`docs/${name}: ${isChecking ? advice : 'written'}\n`)
  if (isChecking) process.exitCode = 1
  else writeFileSync(path, newPage)
}

/** Replaces what stands between the marks of that name. */
function fillMarks(page, name, content) {
  const [begin, end] = [`<!-- ${name}: generated -->`, `<!-- end of ${name} -->`]
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from)
    throw new Error(`the page has no place for ${name}: add the lines ${begin} and ${end}`)
  return `${page.slice(0, from + begin.length)}\n${content}\n${page.slice(to)}`
}

/** An absent page is empty. */
function readPage(path) {
  try {
    // A checkout on Windows may have other line ends.
    return readFileSync(path, 'utf8').replaceAll('\r\n', '\n')
  } catch {
    return ''
  }
}
