// @ts-check
import { html, signal } from "../vendor/ui.js"

/** @typedef {{text: string, kind?: "bad" | "good", action?: {label: string, run: () => void}}} Message */

const SHOWN_MS = 5_000
const SPOKEN_EVERY_MS = 1_500

/** The one calm line of the page; the newest message replaces the last. @type {{value: Message | null}} */
export const message = signal(null)
/** What a screen reader hears of others' doing. @type {{value: string}} */
const spoken = signal("")
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer
/** @type {string[]} */
let queue = []
/** @type {ReturnType<typeof setTimeout> | undefined} */
let speaking

/** @param {Message | string} what */
export function say(what) {
  message.value = typeof what === "string" ? { text: what } : what
  arm()
}

/** What was just done, and five seconds to take it back. @param {string} text @param {() => void} undo @param {string} [label] */
export const offerUndo = (text, undo, label = "Undo") => say({ text, action: { label, run: undo } })

/** Say it to screen readers only, politely and at most every second and a half. @param {string} text */
export function announce(text) {
  queue.push(text)
  speaking ??= setTimeout(() => {
    spoken.value = queue.slice(-3).join(". ")
    queue = []
    speaking = undefined
  }, SPOKEN_EVERY_MS)
}

function arm() {
  clearTimeout(timer)
  timer = setTimeout(() => (message.value = null), SHOWN_MS)
}

/** The line itself; a page has it once. It waits while a finger or the focus is on it. */
export function MessageLine() {
  const now = message.value
  const act = () => {
    message.value = null
    now?.action?.run()
  }
  return html`<div class="message-place">
    <p class="visually-hidden" aria-live="polite">${spoken.value}</p>
    <div role="status">
      ${now && html`<div class="message" data-kind=${now.kind} onPointerEnter=${() => clearTimeout(timer)} onPointerLeave=${arm} onFocusIn=${() => clearTimeout(timer)} onFocusOut=${arm}>
        <span>${now.text}</span>
        ${now.action && html`<button type="button" class="button quiet" onClick=${act}>${now.action.label}</button>`}
      </div>`}
    </div>
  </div>`
}
