import { existsSync, readdirSync } from 'node:fs'

/** Device files that GPU drivers on Linux create: NVIDIA's, and that of Windows for WSL. */
const deviceFiles = ['/dev/nvidiactl', '/dev/dxg']

/**
 * Whether this machine may have a GPU. On Linux without one, WebGPU uses a software Vulkan where it
 * finds one, which is far slower than the CPU.
 */
export function mayHaveGpu(platform = process.platform, root = ''): boolean {
  if (platform !== 'linux' || deviceFiles.some((path) => existsSync(`${root}${path}`))) return true
  const folder = `${root}/dev/dri`
  return existsSync(folder) && readdirSync(folder).some((name) => name.startsWith('renderD'))
}
