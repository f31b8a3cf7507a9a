// Makes ui.js and its licences out of the locked packages; with --check, only compares them with what is committed.
import { readFile, writeFile } from "node:fs/promises"
import { build } from "esbuild"

const here = new URL(".", import.meta.url)
const packages = new URL("../../node_modules/", here)
const parts = ["preact", "@preact/signals", "@preact/signals-core", "htm"]

/** What a package says about itself. */
async function about(name) {
  return JSON.parse(await readFile(new URL(`${name}/package.json`, packages), "utf8"))
}

/** One module with everything in it, the same bytes on every machine. */
async function bundle() {
  const versions = await Promise.all(parts.map(async (name) => `${name} ${(await about(name)).version}`))
  const result = await build({
    absWorkingDir: new URL("../../", here).pathname,
    banner: { js: `/*! ${versions.join(", ")}; licences in LICENSES.txt */` },
    bundle: true,
    entryPoints: ["static/vendor/entry.js"],
    format: "esm",
    legalComments: "none",
    minify: true,
    target: "es2022",
    write: false,
  })
  return result.outputFiles[0].text
}

/** The licence texts that travel with the bundle. */
async function licences() {
  const texts = await Promise.all(
    parts.map(async (name) => {
      const { version, license } = await about(name)
      const text = await readFile(new URL(`${name}/LICENSE`, packages), "utf8")
      return `${name} ${version} (${license})\n\n${text.trim()}\n`
    }),
  )
  return texts.join(`\n${"-".repeat(80)}\n\n`)
}

const made = { "ui.js": await bundle(), "LICENSES.txt": await licences() }
for (const [name, text] of Object.entries(made)) {
  const path = new URL(name, here)
  if (!process.argv.includes("--check")) {
    await writeFile(path, text)
  } else if ((await readFile(path, "utf8")) !== text) {
    console.error(`static/vendor/${name} is not what the locked packages give: run npm run vendor`)
    process.exitCode = 1
  }
}
