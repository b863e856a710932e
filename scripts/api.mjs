// Writes what each package offers to packages/*/api/*.api.md, from the built types: the diff of a
// report is the review of an interface. With --check, writes nothing and fails when a report is not
// what is built.
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const checking = process.argv.includes('--check')
/** No release tags here; a member may speak for itself. */
const ignored = ['ae-missing-release-tag', 'ae-undocumented']
/** The entries of one package share its types. */
const sharedTypes = ['ae-forgotten-export']
let changed = false

for (const folder of readdirSync(join(root, 'packages'))) {
  const packageFolder = join(root, 'packages', folder)
  const manifest = join(packageFolder, 'package.json')
  const entries = Object.entries(JSON.parse(readFileSync(manifest, 'utf8')).exports).filter(
    ([, target]) => target.types,
  )
  for (const [entry, { types }] of entries)
    report(folder, packageFolder, {
      manifest,
      entry: entry === '.' ? folder : entry.slice(2),
      types,
    })
}
process.exitCode = checking && changed ? 1 : 0

function report(folder, packageFolder, { manifest, entry, types }) {
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: manifest,
    configObject: {
      projectFolder: packageFolder,
      mainEntryPointFilePath: join(packageFolder, types),
      apiReport: {
        enabled: true,
        reportFolder: join(packageFolder, 'api'),
        reportTempFolder: join(root, 'node_modules', '.cache', 'api', folder),
        reportFileName: `${entry}.api.md`,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: 'ES2022',
            lib: ['ES2024', 'ESNext.Disposable', 'DOM'],
            module: 'NodeNext',
            moduleResolution: 'NodeNext',
            skipLibCheck: true,
            types: [],
          },
          include: [resolve(packageFolder, 'dist/**/*.d.ts')],
        },
      },
      messages: {
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.Warning },
          ...Object.fromEntries(
            [...ignored, ...(entry === folder ? [] : sharedTypes)].map((id) => [
              id,
              { logLevel: ExtractorLogLevel.None },
            ]),
          ),
        },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
  })
  mkdirSync(config.reportFolder, { recursive: true })
  const committed = existsSync(config.reportFilePath)
  const result = Extractor.invoke(config, { localBuild: !checking, messageCallback: quiet })
  const wrong =
    result.apiReportChanged ||
    !committed ||
    result.errorCount + result.warningCount > (result.apiReportChanged ? 1 : 0)
  if (wrong) changed = true
  if (wrong)
    process.stdout.write(
      `${folder}/${entry}: ${checking ? 'the interface is not the one in its report; run npm run api and read the diff' : 'written'}\n`,
    )
}

function quiet(message) {
  if (
    message.messageId === 'console-preamble' ||
    message.messageId === 'console-compiler-version-notice'
  )
    message.handled = true
  else if (message.category !== 'console' && message.logLevel !== ExtractorLogLevel.None)
    process.stdout.write(`${message.messageId}: ${message.text}\n`)
  message.handled = true
}
