import { existsSync, readdirSync } from 'node:fs'

/** Devices that drivers of GPUs make on Linux: NVIDIA's, and Windows' own beneath WSL. */
const others = ['/dev/nvidiactl', '/dev/dxg']

/**
 * Whether there may be a GPU. Where there is none, WebGPU takes a Vulkan in software if it finds
 * one, which is far slower than the CPU.
 */
export function mayHaveGpu(platform = process.platform, root = ''): boolean {
  if (platform !== 'linux' || others.some((path) => existsSync(`${root}${path}`))) return true
  const folder = `${root}/dev/dri`
  return existsSync(folder) && readdirSync(folder).some((name) => name.startsWith('renderD'))
}
