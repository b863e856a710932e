// Prints how far a reader of the sources has to go, and fails where that is further than the limits
// allow. With --list, names what was counted.
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { listExportedNames } from './figures/public-names.ts'
import { readSourceFiles, shareOfWideLines } from './figures/source-files.ts'
import { listWalkedFiles } from './figures/walk.ts'

interface Figure {
  readonly name: string
  /** What is counted. */
  readonly items: readonly string[]
  readonly limit?: number
}

const limits = {
  walk: 18,
  publicNames: new Map([
    ['core', 35],
    ['chat', 15],
    ['forge', 25],
  ]),
  filesOfOneSetting: 8,
}
const root = dirname(import.meta.dirname)
const isListing = process.argv.includes('--list')
const isChecking = process.argv.includes('--check')

const sources = readSourceFiles(root)
const figures: readonly Figure[] = [
  {
    name: 'files that one generate() over llama.cpp walks through',
    items: await listWalkedFiles(),
    limit: limits.walk,
  },
  {
    name: 'files that name the sampling setting minP',
    items: sources.filter(({ text }) => /\b(minP|min_p)\b/.test(text)).map(({ path }) => path),
    limit: limits.filesOfOneSetting,
  },
  ...publicNames(),
]

for (const { name, items, limit } of figures) {
  const isOver = limit !== undefined && items.length > limit
  const limitText = limit === undefined ? '' : `, at most ${limit}${isOver ? ': TOO MANY' : ''}`
  process.stdout.write(`${items.length} ${name}${limitText}\n`)
  if (isListing) for (const item of items) process.stdout.write(`    ${item}\n`)
  if (isOver && isChecking) process.exitCode = 1
}
for (const columns of [100, 120]) {
  const percent = 100 * shareOfWideLines(sources, columns)
  process.stdout.write(`${percent.toFixed(1)} % of the source lines over ${columns} columns\n`)
}

function publicNames(): readonly Figure[] {
  return readdirSync(join(root, 'packages')).flatMap((folder) => {
    const index = join(root, 'packages', folder, 'src/index.ts')
    if (!existsSync(index)) return []
    const limit = limits.publicNames.get(folder)
    const items = listExportedNames(index).toSorted()
    return [{ name: `names exported by @nano/${folder}`, items, ...(limit && { limit }) }]
  })
}
