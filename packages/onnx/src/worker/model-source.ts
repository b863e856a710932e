import { lstat, readdir, readFile, realpath } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { listWeightFiles, renameWeightFiles, setAttentionWindow } from '@nano/onnx-graph'
import type { OpenInput } from './messages.ts'

/** What a session loads of a model. */
export interface ModelSource {
  /** The path of the file; its bytes where links lead to weights outside of its folder. */
  readonly model: string | Uint8Array
  /** The bytes of the file, to be rewritten. */
  readonly readBytes: () => Promise<Uint8Array>
  /** Where the bytes find the weights. */
  readonly weightsFolder: string
}

/**
 * Finds what to load of a model. In Hugging Face's cache a folder consists of links into another
 * folder, and the runtime refuses weights that lie outside of the folder of the model: the bytes
 * then name the files that the links lead to. Where a config says how far back layers look, the
 * bytes say it too.
 */
export async function findModelSource({
  path,
  attentionWindow,
}: Pick<OpenInput, 'path' | 'attentionWindow'>): Promise<ModelSource> {
  const source = await followWeights(path)
  if (!attentionWindow) return source
  const model = setAttentionWindow(await source.readBytes(), attentionWindow)
  return { ...source, model, readBytes: async () => model }
}

async function followWeights(path: string): Promise<ModelSource> {
  const source = { model: path, readBytes: () => readFile(path), weightsFolder: dirname(path) }
  if (!(await hasLinks(path))) return source

  const bytes = await readFile(path)
  const targets = await followLinks(dirname(path), listWeightFiles(bytes))
  if (!targets) return source
  const weightsFolder = [...targets.values()].map(dirname).reduce(findCommonFolder)
  const model = renameWeightFiles(bytes, (location) => {
    const target = targets.get(location)
    return target && relative(weightsFolder, target).replaceAll(sep, '/')
  })
  return { model, readBytes: async () => model, weightsFolder }
}

/** Whether weights may lie behind links: those beside a model, or in folders beside a link. */
async function hasLinks(path: string): Promise<boolean> {
  const isLink = (await lstat(path)).isSymbolicLink()
  const entries = await readdir(dirname(path), { withFileTypes: true })
  return entries.some(
    (entry) =>
      (isLink && entry.isDirectory()) ||
      (entry.isSymbolicLink() && !/\.(?:onnx|json|jinja|txt|md|model|py)$/.test(entry.name)),
  )
}

/**
 * The files that the locations of a model lead to, or nothing where none is a link that leaves the
 * folder. A location that leaves the folder without a link is not followed: a model could name any
 * file.
 */
async function followLinks(
  folder: string,
  locations: readonly string[],
): Promise<ReadonlyMap<string, string> | undefined> {
  const realFolder = await realpath(folder)
  const targets = new Map<string, string>()
  for (const location of locations) {
    const path = join(folder, location)
    if (!isWithin(folder, path)) return undefined
    const target = await realpath(path).catch(() => undefined)
    if (target === undefined) return undefined
    targets.set(location, target)
  }
  return [...targets.values()].some((target) => !isWithin(realFolder, target)) ? targets : undefined
}

function isWithin(folder: string, path: string): boolean {
  return path.startsWith(join(folder, sep))
}

function findCommonFolder(first: string, second: string): string {
  let folder = first
  while (folder !== second && !isWithin(folder, second) && folder !== dirname(folder))
    folder = dirname(folder)
  return folder
}
