// The matrix of the nightly run: one job for each folder of .github/drivers, as its driver.json
// says.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = join(dirname(fileURLToPath(import.meta.url)), 'drivers')
const include = readdirSync(folder)
  .toSorted()
  .map((driver) => {
    const {
      runner,
      minutes,
      model = '',
    } = JSON.parse(readFileSync(join(folder, driver, 'driver.json'), 'utf8'))
    return { driver, runner, minutes, model }
  })
process.stdout.write(`matrix=${JSON.stringify({ include })}\n`)
