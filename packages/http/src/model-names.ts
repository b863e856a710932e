/** Folders that hold a model and do not name it. */
const genericName = /^(?:\.*|models?|weights|checkpoints?|snapshots?|none|[0-9a-f]{40})$/i
const cacheFolder = /^models--.+--(.+)$/

/**
 * The name in the path of a model: its last part, or the folder of a download cache that names it.
 * Returns nothing for a path that names no model.
 */
export function nameInPath(path: string): string | undefined {
  const parts = path.split(/[/\\]/).filter((part) => part !== '')
  const [cachedName] = parts.flatMap((part) => cacheFolder.exec(part)?.[1] ?? [])
  const lastPart = parts.at(-1)?.replace(/\.gguf$/i, '')
  if (lastPart !== undefined && !genericName.test(lastPart)) return lastPart
  return cachedName
}

/** How the weights are stored, which says nothing of the family. */
const storageSuffix = new RegExp(
  '[-_.@](?:' +
    [
      'gguf|ggml|mlx|exl[23]|onnx|hf|safetensors|bnb|unsloth|dynamic|quantized|ud|imat|i1',
      'awq|gptq|marlin|autoround|compressed|quanto|hqq|aqlm|dwq|tput|turbo',
      'fp8|fp4|nvfp4|mxfp4|fp16|fp32|bf16|f16|f32|int[48]|uint4|[2-8]bit',
      'w\\d+a\\d+|g\\d+|i?q\\d(?:[-_]\\w{1,2})*|block|static|ptpc|kv',
    ].join('|') +
    ')$',
  'i',
)

/**
 * The names by which the family of a model may be known: without the names of gateways and owners
 * before it, the tag behind it, and how its weights are stored.
 */
export function listFamilyNames(names: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(names.flatMap((name) => (name === undefined ? [] : listBareNames(name))))]
}

function listBareNames(name: string): readonly string[] {
  const lastPart = name.split('/').at(-1) ?? name
  const [model = lastPart, tag = ''] = lastPart.split(':')
  // Some servers write the size of a model as its tag.
  const sizedNames = /^\d+(?:\.\d+)?b/i.test(tag) ? [`${model}-${tag}`] : []
  return [name, ...sizedNames, model].map(removeStorage)
}

function removeStorage(name: string): string {
  const bareName = name.replace(storageSuffix, '')
  return bareName === name ? name : removeStorage(bareName)
}
