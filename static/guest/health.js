// @ts-check
// The state of the line to the restaurant, when it is not good, and what can be done about it.
import { html } from "../vendor/ui.js"
import Door from "./door.js"
import { command, table } from "./doing.js"
import { door, isOver, knocking, moved, status, view } from "./state.js"
import { ago, fill, w } from "./words-more.js"

export default function Health() {
  const { state, late, end } = status.value
  if (door.value) return html`<${Door} />`
  if (end === 4506) return banner(w.elsewhere, w.here2, () => table().then(({ takeOver }) => takeOver()))
  if (end === 4505 || end === 4500) return banner(w.tooOld, w.reload, () => location.reload())
  if (end === 4513) return banner(w.tooMany)
  if (isOver.value || end === 4504) return html`<div class="banner" data-kind="good" role="status"><span>${w.over} ${w.overMore}</span></div>`
  if (end !== null && end >= 4500) return banner(w.lostSeat, w.reload, () => location.reload())
  if (late === null) return html`<${Knock} />`
  const words = fill(state === "live" || navigator.onLine ? w.stale : w.offline, ago(late))
  return html`<div class="banner" role="status"><span>${words}. <span class="small">${w.reconnecting}</span></span></div>`
}

/** Somebody waits to be let in; whoever sits here may say yes. */
function Knock() {
  const guest = knocking.value[0]
  const table = view.value?.tableSession.table.label ?? ""
  if (!guest && moved.value) return banner(fill(w.nowAt, table), w.close, () => (moved.value = false))
  return guest && banner(w.somebodyKnocks, w.letIn, () => command("guest.approve", { guest }))
}

/** @param {string} text @param {string} [label] @param {() => void} [run] */
const banner = (text, label, run) => html`<div class="banner" role="status"><span>${text}</span>${label && html`<button type="button" class="button" onClick=${run}>${label}</button>`}</div>`
