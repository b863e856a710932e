// Draws the packages, and lists the import rules, from the files that enforce both.
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { code, table } from './source.mjs'

/**
 * A picture of the packages and a table of their descriptions. An arrow is a dependency, and a
 * dotted arrow an optional peer.
 */
export function packagePicture(root) {
  const manifests = readdirSync(join(root, 'packages'))
    .toSorted()
    .map((folder) => ({
      folder,
      ...JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')),
    }))
  const lines = manifests.flatMap(({ name, dependencies, peerDependencies }) => [
    `  ${shortName(name)}["${name}"]`,
    ...listPackages(dependencies).map((to) => `  ${shortName(name)} --> ${to}`),
    ...listPackages(peerDependencies).map((to) => `  ${shortName(name)} -.-> ${to}`),
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

/** The packages of this repository among some dependencies. */
function listPackages(dependencies = {}) {
  return Object.keys(dependencies)
    .filter((name) => name.startsWith('@nano/'))
    .map(shortName)
}

function shortName(name) {
  return name.replace('@nano/', '')
}
