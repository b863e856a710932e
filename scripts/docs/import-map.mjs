// The packages as a picture, and the rules they keep, from what enforces both.
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { code, table } from './source.mjs'

const own = (names = {}) =>
  Object.keys(names)
    .filter((name) => name.startsWith('@nano/'))
    .map(short)
const short = (name) => name.replace('@nano/', '')

/**
 * A picture, where an arrow is a dependency and a dotted one an optional peer, and a table of what
 * each package is.
 */
export function packages(root) {
  const manifests = readdirSync(join(root, 'packages'))
    .toSorted()
    .map((folder) => ({
      folder,
      ...JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')),
    }))
  const lines = manifests.flatMap(({ name, dependencies, peerDependencies }) => [
    `  ${short(name)}["${name}"]`,
    ...own(dependencies).map((to) => `  ${short(name)} --> ${to}`),
    ...own(peerDependencies).map((to) => `  ${short(name)} -.-> ${to}`),
  ])
  const picture = ['```mermaid', 'flowchart BT', ...lines, '```'].join('\n')
  return `${picture}\n\n${table(
    ['package', 'is'],
    manifests.map(({ folder, name, description }) => [
      `[\`${name}\`](../packages/${folder})`,
      description,
    ]),
  )}`
}

export function ruleTable(root) {
  const { forbidden } = createRequire(import.meta.url)(join(root, '.dependency-cruiser.cjs'))
  return table(
    ['rule', 'why'],
    forbidden.map(({ name, comment }) => [code(name), comment]),
  )
}
