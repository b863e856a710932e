import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly sideEffects?: boolean
  readonly engines?: { readonly node: string }
  readonly license?: string
  readonly keywords?: readonly string[]
}

const readText = (path: string) => readFileSync(path, 'utf8')
const manifest = (name: string) => JSON.parse(readText(`packages/${name}/package.json`)) as Manifest
const packages = readdirSync('packages')
const adapters = packages.filter(
  (name) =>
    !['core', 'chat', 'tiny', 'forge', 'onnx-graph', 'otel', 'playbook', 'cli'].includes(name),
)
const pascal = (name: string) =>
  name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())

describe.each(packages)('package %s', (name) => {
  it('says what it is, and has the license and the Node of all', () => {
    const { license, engines, sideEffects, keywords = [] } = manifest(name)
    expect(keywords.length).toBeGreaterThan(2)
    expect({ license, engines, sideEffects }).toEqual({
      license: 'MIT',
      engines: { node: '>=22.19' },
      sideEffects: false,
    })
    expect(readText(`packages/${name}/README.md`)).toContain(`# ${manifest(name).name}`)
  })
  it('imports only what it declares', () => {
    const { dependencies = {}, peerDependencies = {} } = manifest(name)
    const declaredPackages = Object.keys({ ...dependencies, ...peerDependencies })
    const importedPaths = sources(`packages/${name}/src`).flatMap((file) =>
      [...readText(file).matchAll(/(?:from|import)\s*\(?'([^'.][^']*)'/g)].map(
        (match) => match[1] ?? '',
      ),
    )
    const importedPackages = importedPaths
      .filter((from) => !from.startsWith('node:'))
      .map((from) =>
        from
          .split('/')
          .slice(0, from.startsWith('@') ? 2 : 1)
          .join('/'),
      )
    expect(importedPackages.filter((from) => !declaredPackages.includes(from))).toEqual([])
  })
})

describe.each(adapters)('adapter %s', (name) => {
  it(`has one front door, open${pascal(name)}, and runs the suite through it`, () => {
    expect(readText(`packages/${name}/src/index.ts`)).toContain(`open${pascal(name)}`)
    const test = readText(`packages/${name}/test/conformance.test.ts`)
    expect(test).toMatch(new RegExp(`conformance\\(.*open${pascal(name)}\\(`, 's'))
    expect(test.split('\n').length).toBeLessThanOrEqual(15)
  })
  it('knows core, chat and at most onnx-graph, and no other adapter', () => {
    const internalDependencies = Object.keys({ ...manifest(name).dependencies }).filter(
      (dependency) => dependency.startsWith('@nano/'),
    )
    expect(
      internalDependencies.filter((dependency) => dependency !== '@nano/onnx-graph').toSorted(),
    ).toEqual(['@nano/chat', '@nano/core'])
  })
})

it('core runs in a browser: nothing on its path is of node', () => {
  for (const file of sources('packages/core/src'))
    expect(readText(file), file).not.toMatch(/from 'node:/)
})

function sources(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`)
}
