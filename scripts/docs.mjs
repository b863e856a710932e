// Writes docs/contract.md and docs/capabilities.md, and the picture and the rules in
// docs/architecture.md, from the code they are about. With --check, writes nothing and fails when a
// page is not what would be written. A folder of docs can be named: node scripts/docs.mjs --check
// FOLDER.
import { readFileSync, writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const checking = process.argv.includes('--check')
const folder = resolve(
  process.argv.slice(2).find((argument) => !argument.startsWith('--')) ?? join(root, 'docs'),
)

// Packages are read from their sources, so that a page is never about an old build.
registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier, { ...context, conditions: ['@nano/source', ...context.conditions] }),
})

const { contract } = await import('./docs/contract.mjs')
const { capabilities } = await import('./docs/capabilities.mjs')
const { packages, ruleTable } = await import('./docs/import-map.mjs')

const pages = {
  'contract.md': async () => contract(root),
  'capabilities.md': async () => capabilities(root),
  'architecture.md': async (page) =>
    filled(filled(page, 'packages', packages(root)), 'rules', ruleTable(root)),
}

for (const [name, write] of Object.entries(pages)) {
  const path = join(folder, name)
  const before = read(path)
  const after = await write(before)
  if (after === before) continue
  process.stdout.write(
    `docs/${name}: ${checking ? 'not what the code says; run npm run docs and read the diff' : 'written'}\n`,
  )
  if (checking) process.exitCode = 1
  else writeFileSync(path, after)
}

/** The page with what stands between the marks of that name replaced. */
function filled(page, name, content) {
  const [begin, end] = [`<!-- ${name}: generated -->`, `<!-- end of ${name} -->`]
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from)
    throw new Error(`no place for ${name}: the page needs the lines ${begin} and ${end}`)
  return `${page.slice(0, from + begin.length)}\n${content}\n${page.slice(to)}`
}

function read(path) {
  try {
    // A checkout may bring its own line ends.
    return readFileSync(path, 'utf8').replaceAll('\r\n', '\n')
  } catch {
    return ''
  }
}
