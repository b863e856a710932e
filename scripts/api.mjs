// Writes what each package offers to packages/*/api/*.api.md, from the built types: the diff of a
// report is the review of an interface. With --check, writes nothing and fails when a report is not
// what is built.
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  CompilerState,
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
} from '@microsoft/api-extractor'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const isChecking = process.argv.includes('--check')
/** There are no release tags here, and a member may need no docstring. */
const ignoredMessages = ['ae-missing-release-tag', 'ae-undocumented']
/** The entries of one package share its types: a root may name what a subpath exports. */
const ignoredWithSubpaths = ['ae-forgotten-export']

const reports = readdirSync(join(root, 'packages')).flatMap(listReports)
const [{ config: firstConfig }, ...otherReports] = reports
// One program for all entries: to parse the libraries takes longer than to write the reports.
const compilerState = CompilerState.create(firstConfig, {
  additionalEntryPoints: otherReports.map(({ config }) => config.mainEntryPointFilePath),
})
for (const report of reports) writeReport(report)

/** The reports of a package, one for each entry that has types. */
function listReports(folder) {
  const packageFolder = join(root, 'packages', folder)
  const manifest = join(packageFolder, 'package.json')
  const entries = Object.entries(JSON.parse(readFileSync(manifest, 'utf8')).exports).filter(
    ([, target]) => target.types,
  )
  return entries.map(([path, { types }]) => {
    const entry = path === '.' ? folder : path.slice(2)
    const hasSubpaths = entries.length > 1
    const config = prepareReport(folder, packageFolder, { manifest, entry, types, hasSubpaths })
    return { name: `${folder}/${entry}`, config }
  })
}

function prepareReport(folder, packageFolder, { manifest, entry, types, hasSubpaths }) {
  return ExtractorConfig.prepare({
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
            [...ignoredMessages, ...(hasSubpaths ? ignoredWithSubpaths : [])].map((id) => [
              id,
              { logLevel: ExtractorLogLevel.None },
            ]),
          ),
        },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
  })
}

function writeReport({ name, config }) {
  mkdirSync(config.reportFolder, { recursive: true })
  const isCommitted = existsSync(config.reportFilePath)
  const result = Extractor.invoke(config, {
    compilerState,
    localBuild: !isChecking,
    messageCallback: printFault,
  })
  const hasFaults = result.errorCount + result.warningCount > (result.apiReportChanged ? 1 : 0)
  if (isCommitted && !result.apiReportChanged && !hasFaults) return

  const advice = 'the interface is not the one in its report; run npm run api and read the diff'
  process.stdout.write(`${name}: ${isChecking ? advice : 'written'}\n`)
  if (isChecking) process.exitCode = 1
}

/** Prints what is wrong with an interface, and nothing of the extractor's own greetings. */
function printFault(message) {
  if (
    message.messageId === 'console-preamble' ||
    message.messageId === 'console-compiler-version-notice'
  )
    message.handled = true
  else if (message.category !== 'console' && message.logLevel !== ExtractorLogLevel.None)
    process.stdout.write(`${message.messageId}: ${message.text}\n`)
  message.handled = true
}
