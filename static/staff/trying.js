// @ts-check
// Doing something from a dialog: once at a time, and what went wrong is said inside it, where it can be read.
import { html, useEffect, useRef, useState } from "../vendor/ui.js"
import { keyOf, settle } from "../shared/api.js"
import { say } from "../shared/message.js"
import { ask } from "./calls.js"
import { sentence } from "./words.js"

/**
 * `attempt(doing, done)` says `done` and answers with the result, or keeps what went wrong and answers undefined.
 * @returns {{busy: boolean, wrong: string, attempt: <T>(doing: () => Promise<T>, done?: string) => Promise<T | undefined>}}
 */
export function useTry() {
  const [busy, setBusy] = useState(false)
  const [wrong, setWrong] = useState("")
  const here = useRef(true)
  useEffect(() => () => void (here.current = false), [])
  /** @template T @param {() => Promise<T>} doing @param {string} [done] @returns {Promise<T | undefined>} */
  const attempt = async (doing, done) => {
    setBusy(true)
    setWrong("")
    try {
      const result = await doing()
      if (done) say({ text: done, kind: "good" })
      return result
    } catch (problem) {
      if (here.current) setWrong(sentence(/** @type {any} */ (problem)))
      return undefined
    } finally {
      if (here.current) setBusy(false)
    }
  }
  return { busy, wrong, attempt }
}

/** @param {{text: string}} props */
export const Wrong = ({ text }) => (text ? html`<p class="error" role="alert">${text}</p>` : null)

/**
 * Something that moves money: sent under one key until it has an answer, so that a second press does it once.
 * @param {string} intent @param {string} path @param {any} body
 */
export async function keyed(intent, path, body) {
  try {
    const result = await ask("POST", path, body, keyOf(intent, body))
    settle(intent)
    return result ?? {}
  } catch (problem) {
    // Without an answer the same key goes out again; after a refusal the next wish is a new one.
    if (/** @type {any} */ (problem).code !== "offline") settle(intent)
    throw problem
  }
}
