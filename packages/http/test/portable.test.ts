import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const folder = new URL('../src/', import.meta.url)

it('the sources import nothing of Node, so that they run in a browser', () => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  expect(files.length).toBeGreaterThan(20)
  for (const file of files) expect(readFileSync(new URL(file, folder), 'utf8'), file).not.toMatch(/from 'node:|import\('node:|\bBuffer\b/)
})
