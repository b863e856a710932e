import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'

const folder = ['/usr/lib/chromium', '/opt/google/chrome'].find((folder) =>
  ['libvulkan.so.1', 'vk_swiftshader_icd.json'].every((file) => existsSync(join(folder, file))),
)

/** A flag of Linux that keeps a library loaded: Node closes a library that is no addon. */
const RTLD_NODELETE = 0x1000

/**
 * Loads the software Vulkan of Chromium, which WebGPU in ONNX Runtime takes for a GPU. Returns why
 * there is none, or nothing.
 */
export function softwareVulkan(): string | undefined {
  if (folder === undefined)
    return 'no software Vulkan: neither Chromium nor Chrome for Linux is installed'
  process.env['VK_ICD_FILENAMES'] = join(folder, 'vk_swiftshader_icd.json')
  try {
    // Once it is loaded, a library is found by its name.
    process.dlopen(
      { exports: {} },
      join(folder, 'libvulkan.so.1'),
      constants.dlopen.RTLD_NOW | RTLD_NODELETE,
    )
  } catch {
    // Node loads the library, and then throws because it is no addon.
  }
  return undefined
}
