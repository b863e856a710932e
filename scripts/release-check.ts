// Run before a publish: fails while a package does not say where it comes from, or while nobody
// can report a security fault. A folder can be named in place of this repository.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

interface Manifest {
  readonly private?: boolean
  readonly license?: string
  readonly homepage?: string
  readonly bugs?: string | { readonly url?: string }
  readonly repository?: { readonly url?: string; readonly directory?: string }
}

const root = process.argv[2] ?? dirname(import.meta.dirname)
const faults = [...findManifestFaults(root), ...findContactFaults(root)]
for (const fault of faults) process.stderr.write(`${fault}\n`)
if (faults.length > 0) {
  process.stderr.write('Nothing was published. Add what is missing, and release again.\n')
  process.exitCode = 1
}

function findManifestFaults(root: string): string[] {
  return readdirSync(join(root, 'packages')).flatMap((folder) => {
    const path = `packages/${folder}/package.json`
    const manifest = JSON.parse(readFileSync(join(root, path), 'utf8')) as Manifest
    if (manifest.private) return []
    const { license, homepage, bugs, repository } = manifest
    const fields = {
      license,
      homepage,
      bugs: typeof bugs === 'string' ? bugs : bugs?.url,
      'repository.url': repository?.url,
      'repository.directory': repository?.directory,
    }
    const missingFields = Object.entries(fields)
      .filter(([, value]) => !value)
      .map(([name]) => `${path} has no ${name}`)
    // npm compares the provenance with it.
    const publisher = process.env['GITHUB_REPOSITORY']
    if (publisher && repository?.url && !repository.url.includes(publisher))
      missingFields.push(
        `${path} names the repository ${repository.url}, and ${publisher} publishes it`,
      )
    if (repository?.directory && repository.directory !== `packages/${folder}`)
      missingFields.push(`${path} names the directory ${repository.directory}`)
    return missingFields
  })
}

function findContactFaults(root: string): string[] {
  const contact = /^Contact: (.*)$/m.exec(readFileSync(join(root, 'SECURITY.md'), 'utf8'))?.[1]
  return /^(\S+@\S+\.\S+|https:\/\/\S+)$/.test(contact ?? '')
    ? []
    : ['SECURITY.md has no line "Contact: " with an address or a link']
}
