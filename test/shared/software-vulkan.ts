import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'

const folder = ['/usr/lib/chromium', '/opt/google/chrome'].find((folder) =>
  ['libvulkan.so.1', 'vk_swiftshader_icd.json'].every((file) => existsSync(join(folder, file))),
)

/** Of Linux: a library that is closed stays. Node closes what is no addon. */
const RTLD_NODELETE = 0x1000

/**
 * Gives this process a GPU that is none: the software Vulkan that Chromium comes with, which Dawn,
 * WebGPU in ONNX Runtime, takes for one. Says why there is none.
 */
export function softwareVulkan(): string | undefined {
  if (folder === undefined)
    return 'no software Vulkan: Chromium and Chrome for Linux come with one, and neither is installed'
  process.env['VK_ICD_FILENAMES'] = join(folder, 'vk_swiftshader_icd.json')
  try {
    // A library that is loaded is found by its name, wherever it lies.
    process.dlopen(
      { exports: {} },
      join(folder, 'libvulkan.so.1'),
      constants.dlopen.RTLD_NOW | RTLD_NODELETE,
    )
  } catch {
    // It is no addon, which is said once it is loaded.
  }
  return undefined
}
